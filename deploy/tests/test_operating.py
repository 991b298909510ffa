"""The operator's commands as somebody types them, on a real PostgreSQL and a real Kafka."""

import asyncio
import getpass
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest
from typer.testing import CliRunner

from assessment.app import SERVICE
from assessment.projections.learners import LEARNERS as GROUP
from chassis import outbox
from chassis.background import Background
from chassis.clock import now
from chassis.consumer import PostgresStore
from chassis.consumer.attempt import Attempt
from chassis.consumer.received import understand
from chassis.database import EVERY_FORCE, Database
from chassis.errors import Invalid, NotFound
from chassis.kafka import Record
from chassis.migrate import migrate
from chassis.operating.seeking import GapAhead
from chassis.testing.bus import envelope, joined
from chassis.testing.service import settings_of
from chassis.testing.waiting import eventually
from npp_contracts.assessment import AttemptStarted
from npp_contracts.enrolment import LearnerRegistered, LearnerTransferred
from npp_contracts.event import Event
from npp_contracts.testing import examples
from npp_contracts.topics import ATTEMPTS, LEARNERS
from npp_ops.cli import build, main
from npp_ops.operating import Outdated, Unreachable
from npp_ops.ports import free_port
from npp_ops.stack import Stack
from npp_ops.testing import KafkaForTests, PostgresForTests

T = TypeVar("T")
WHY = ["--because", "a test", "--by", "anna"]
GOOD = "SELECT count(*) FROM learners"


class Place:
    """A stack of one service."""

    def __init__(self, url: str, kafka: str) -> None:
        self.url = url
        self.kafka = kafka

    def run(self, work: Callable[[Database], Awaitable[T]]) -> T:
        async def whole() -> T:
            database = Database(self.url, scope=EVERY_FORCE, size=4)
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(whole())

    def value(self, sql: str) -> Any:
        async def ask(database: Database) -> Any:
            async with database.transaction() as within:
                return await within.connection.fetchval(sql)

        return self.run(ask)

    def publish(self) -> None:
        """Run the relay until the outbox is empty."""
        settings = settings_of(self.url, self.kafka)

        async def relay(database: Database) -> None:
            async def empty() -> bool:
                async with database.transaction() as within:
                    sql = "SELECT NOT EXISTS (SELECT FROM outbox)"
                    return bool(await within.connection.fetchval(sql))

            background = Background(SERVICE, settings, database)
            background.start(consume=False, relay=True)
            await eventually(empty)
            await background.stop()

        self.run(relay)


@pytest.fixture
def place(
    tmp_path: Path,
    postgres: PostgresForTests,
    kafka: KafkaForTests,
    monkeypatch: pytest.MonkeyPatch,
) -> Place:
    monkeypatch.setenv("NPP_HOME", str(tmp_path))
    made = Place(postgres.database("operating"), kafka.bootstrap_servers)
    kafka.fresh({LEARNERS.name: 6, ATTEMPTS.name: 6})
    monkeypatch.setattr(Stack, "database_url", lambda _stack, _service: made.url)
    monkeypatch.setattr(Stack, "bootstrap_servers", made.kafka)
    made.run(lambda database: migrate(database.engine, SERVICE.migrations))
    return made


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(build(), arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def data(*arguments: str, status: int = 0) -> Any:
    code, told = run(*arguments, "--json")
    assert code == status
    return json.loads(told)


def event(kind: type[Event], key: UUID) -> Event:
    return kind.model_validate(examples(kind)[-1].payload | {kind.topic.key: str(key)})


def record(offset: int, kind: type[Event], key: int, sequence: int) -> Record:
    sent = envelope(event(kind, UUID(int=key)), sequence)
    return Record(LEARNERS.name, 0, offset, 0.0, sent.key, sent.headers(), sent.data)


async def bury(database: Database) -> None:
    """Two learners whose first event failed, one with a second event behind; one unreadable."""
    attempt = Attempt("assessment", GROUP, PostgresStore(database))
    at = LEARNERS.name, 0
    await attempt.open(at)
    arriving = [
        (record(0, LearnerRegistered, 1, 1), "Broken: for a test"),
        (record(1, LearnerRegistered, 2, 1), "Broken: for a test"),
        (record(2, LearnerTransferred, 1, 2), None),
        (Record(*at, 3, 0.0, b"key", [], b"{"), None),
    ]
    for offset, (one, failure) in enumerate(arriving):
        await attempt.batch(at, offset, offset + 1, [understand(GROUP, one)], failure)


async def start_attempts(database: Database) -> None:
    made = [event(AttemptStarted, UUID(int=n)) for n in range(1, 6)]
    cause = outbox.Cause("test")
    events = [outbox.outgoing("assessment", each, 1, now(), cause) for each in made]
    async with database.transaction() as within:
        await outbox.write(within.connection, events)


def test_dead_letters_are_redriven_and_discarded_once(place: Place) -> None:
    place.run(bury)
    assert [one["id"] for one in data("dlq", "list", "assessment", "--reason", "failed")] == [1, 2]
    told = data("dlq", "redrive", "assessment", "--reason", "failed", *WHY)
    done = [(one["id"], one["refused"], one["released"]) for one in told["letters"]]
    assert done == [(1, None, 1), (2, None, 0)]
    assert place.value(GOOD) == 2
    again = data("dlq", "redrive", "assessment", "1", *WHY)["letters"]
    assert [(one["refused"], one["released"]) for one in again] == [(None, 0)]
    (refused,) = data("dlq", "redrive", "assessment", "3", *WHY, status=1)["letters"]
    assert refused["refused"] == "still-unreadable"
    code, told = run("dlq", "discard", "assessment", "3", "--because", "nobody's")
    assert (code, told) == (0, "1 discarded, 0 events behind them applied.\n")
    assert data("dlq", "list", "assessment") == []
    audited = "SELECT string_agg(actor || ' ' || command, ', ' ORDER BY id) FROM operations"
    login = getpass.getuser()
    expected = f"anna dlq redrive, anna dlq redrive, {login} dlq discard"
    assert place.value(audited) == expected


@pytest.mark.parametrize("choice", [[], ["1", "--group", "assessment.learners"]])
def test_dead_letters_are_chosen_by_id_or_by_kind(place: Place, choice: list[str]) -> None:
    with pytest.raises(Invalid):
        run("dlq", "redrive", "assessment", *choice, *WHY)


def test_an_outbox_is_paused_and_resumed(place: Place) -> None:
    place.run(start_attempts)
    assert data("outbox", "pause", "assessment", *WHY) == {
        "service": "assessment",
        "state": "paused",
        "changed": True,
    }
    assert data("outbox", "pause", "assessment", *WHY)["changed"] is False
    (found,) = data("outbox", "status", "assessment").values()
    (waiting,) = found["waiting"]
    assert (waiting["topic"], waiting["events"], found["relays"]) == (ATTEMPTS.name, 5, 0)
    assert (found["paused"]["by"], found["paused"]["because"]) == ("anna", "a test")
    assert "by anna" in run("outbox", "status", "assessment")[1]
    assert "resumed" in run("outbox", "resume", "assessment", *WHY)[1]
    place.publish()
    assert data("outbox", "status", "assessment")["assessment"]["waiting"] == []


def test_the_log_is_compared_and_what_is_missing_sent_again(place: Place) -> None:
    place.run(start_attempts)
    place.value("DELETE FROM outbox WHERE ticket <= 2")
    place.publish()
    (report,) = data("outbox", "reconcile", "assessment", status=1)
    assert (report["logged"], report["records"], report["missing"]) == (5, 3, 2)
    code, told = run("outbox", "reconcile", "assessment")
    assert code == 1
    assert [f"missing on {ATTEMPTS.name}: {one}" in told for one in report["missing_ids"]] == [
        True
    ] * 2
    assert data("outbox", "republish", "assessment", "--missing", *WHY)["queued"] == 2
    place.publish()
    (report,) = data("outbox", "reconcile", "assessment", "--since", "2020-01-01")
    assert (report["missing"], report["unknown"], report["duplicates"]) == (0, 0, 0)
    assert data("outbox", "republish", "assessment", "--missing", *WHY)["queued"] == 0
    key = str(UUID(int=3))
    assert data("outbox", "republish", "assessment", "--key", key, *WHY)["queued"] == 1
    place.publish()
    (report,) = data("outbox", "reconcile", "assessment")
    assert (report["records"], report["duplicates"]) == (6, 1)


def test_republish_needs_one_choice(place: Place) -> None:
    with pytest.raises(Invalid):
        run("outbox", "republish", "assessment", "--missing", "--key", "a", *WHY)
    with pytest.raises(NotFound):
        run("outbox", "republish", "assessment", "--id", str(UUID(int=9)), *WHY)


async def publish_learners(place: Place) -> None:
    async with joined(place.kafka) as bus:
        await bus.send(
            *(envelope(event(LearnerRegistered, UUID(int=each))) for each in range(1, 8))
        )


def lag_of(group: str) -> Any:
    (found,) = [each for each in data("consumer", "lag", "assessment") if each["group"] == group]
    return found


def test_a_group_is_looked_at_paused_and_moved(place: Place) -> None:
    asyncio.run(publish_learners(place))
    assert data("consumer", "pause", GROUP.group, *WHY)["changed"] is True
    found = lag_of(GROUP.group)
    assert (found["group"], found["paused"]["by"]) == (GROUP.group, "anna")
    assert sum(one["records"] for one in found["partitions"]) == 7
    assert f"{GROUP.group} is paused by anna" in run("consumer", "lag", "assessment")[1]
    with pytest.raises(GapAhead):
        run("consumer", "seek", GROUP.group, "--to", "latest", *WHY)
    moved = data("consumer", "seek", GROUP.group, "--to", "latest", "--force-gap", *WHY)["moves"]
    assert sum(one["after"] - one["before"] for one in moved) == 7
    found = lag_of(GROUP.group)
    assert sum(one["records"] for one in found["partitions"]) == 0
    one = moved[0]
    only = ["--topic", one["topic"], "--partition", str(one["partition"])]
    back = data("consumer", "seek", GROUP.group, "--to", "2020-01-01", *only, *WHY)["moves"]
    assert back == [{**one, "before": one["after"], "after": 0}]
    told = run("consumer", "seek", GROUP.group, "--to", "0", *only, *WHY)[1]
    assert told == f"0 checkpoints of {GROUP.group} moved.\n"
    assert data("consumer", "resume", GROUP.group, *WHY)["changed"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        ["consumer", "pause", "assessment.nothing", *WHY],
        ["outbox", "pause", "payroll", *WHY],
        ["consumer", "seek", GROUP.group, "--to", "0", "--partition", "99", *WHY],
        ["dlq", "show", "assessment", "7"],
    ],
)
def test_what_does_not_exist_is_refused(place: Place, wrong: list[str]) -> None:
    with pytest.raises(NotFound):
        run(*wrong)


@pytest.mark.parametrize(
    "change",
    [
        ["dlq", "redrive", "assessment", "1"],
        ["dlq", "discard", "assessment", "1"],
        ["outbox", "pause", "assessment"],
        ["outbox", "resume", "assessment"],
        ["outbox", "republish", "assessment", "--missing"],
        ["consumer", "pause", GROUP.group],
        ["consumer", "resume", GROUP.group],
        ["consumer", "seek", GROUP.group, "--to", "earliest"],
    ],
)
def test_every_change_needs_a_reason(place: Place, change: list[str]) -> None:
    assert run(*change)[0] == 2
    with pytest.raises(Invalid):
        run(*change, "--because", " ")
    assert place.value("SELECT count(*) FROM operations") == 0


def test_a_refusal_is_data_for_programs(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(publish_learners(place))
    typed = ["npp", "consumer", "seek", GROUP.group, "--to", "latest", *WHY, "--json"]
    monkeypatch.setattr(sys, "argv", typed)
    with pytest.raises(SystemExit) as ended:
        main()
    told = json.loads(capsys.readouterr().out)
    assert (ended.value.code, told["refused"], told["records"]) == (1, "gap-ahead", 7)


def test_a_server_that_is_away_or_empty_is_named(
    place: Place, postgres: PostgresForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stack, "bootstrap_servers", f"127.0.0.1:{free_port()}")
    with pytest.raises(Unreachable, match="Kafka"):
        run("consumer", "lag", "assessment")
    empty = postgres.database("empty")
    monkeypatch.setattr(Stack, "database_url", lambda _stack, _service: empty)
    with pytest.raises(Outdated):
        run("outbox", "status", "assessment")
    away = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    monkeypatch.setattr(Stack, "database_url", lambda _stack, _service: away)
    with pytest.raises(Unreachable, match="assessment's database"):
        run("outbox", "status", "assessment")
