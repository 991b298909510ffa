"""Figures as the log had them: known at a moment, known now about a day, computed again."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.testing.service import settings_of
from chassis.testing.waiting import eventually
from npp_contracts.envelope import Envelope
from npp_ops.testing import KafkaForTests, PostgresForTests
from reporting.api.returns.freezing import reproduce
from reporting.domain.errors import LogIncomplete, ReturnUnknown
from reporting.domain.returns import SETS

from .given import Person, people, workforce
from .returning import PUBLISHER, ReturnWorld
from .world import ANALYST, NATION, World, row

MAY = datetime(2026, 5, 4, 9, tzinfo=UTC)
JUNE = datetime(2026, 6, 8, 9, tzinfo=UTC)
DAY = "2026-06-10"


async def as_at(world: ReturnWorld, figure: str, **when: str) -> dict[str, Any]:
    answer = await world.post("/as-at", when, **NATION)
    assert answer.status_code == 202, answer.text
    await world.freeze()
    return await world.read(f"/as-at/{answer.json()['cut_id']}/{figure}.json")


async def test_what_was_known_then_and_what_is_known_now_about_then(returns: ReturnWorld) -> None:
    early, late = workforce("kent", 100, date(2026, 5, 1)), workforce("kent", 80, date(2026, 5, 1))
    person = Person("kent")
    await returns.happens(early, *person.certified(), recorded=MAY)
    told_late = person.completed("a", date(2026, 5, 3))
    await returns.happens(late, told_late, person.completed("b"), recorded=JUNE)

    then = await as_at(returns, "headline", known_at="2026-05-05T00:00:00Z")
    assert row(then, force_id="kent")["denominator"] == 100
    now = await as_at(returns, "headline", about="2026-05-05")
    assert row(now, force_id="kent")["denominator"] == 80
    modules = [
        (await as_at(returns, "module-completions", **when))["n"]
        for when in (
            {"known_at": "2026-05-05T00:00:00Z"},
            {"about": "2026-05-05"},
            {"known_at": "2026-06-09T00:00:00Z"},
            {},
        )
    ]
    assert modules == [0, 1, 2, 2]
    assert (then["as_of"], now["about"]) == ("2026-05-05T00:00:00Z", "2026-05-05")


async def test_a_moment_within_a_second_of_events(returns: ReturnWorld) -> None:
    person = Person("kent")
    await returns.happens(*(person.completed(each) for each in "abc"), recorded=MAY)
    counts = [
        (await as_at(returns, "module-completions", known_at=f"2026-05-04T09:00:0{n}Z"))["n"]
        for n in range(4)
    ]
    assert counts == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"known_at": "2999-01-01T00:00:00Z"}, 422, "moment-to-come"),
        ({"about": "2999-01-01"}, 422, "day-to-come"),
        ({"known_at": "2026-05-05T00:00:00"}, 422, "invalid"),
        ({"known_at": 5}, 422, "invalid"),
        ({"figures": ["freshness"]}, 422, "figure-not-in-set"),
    ],
)
async def test_what_cannot_be_asked_as_at(
    world: World, body: dict[str, Any], status: int, code: str
) -> None:
    headers = world.bearer(**PUBLISHER)
    answer = await world.client.post("/as-at", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    refused = await world.client.post("/as-at", json={}, headers=world.bearer(**ANALYST))
    assert refused.status_code == 403


async def test_a_version_is_computed_again_to_the_digit(returns: ReturnWorld) -> None:
    await returns.happens(workforce("kent", 100))
    for one in people(12, "kent"):
        scores = [one.result("baseline", 41.5), one.result("final", 83.25)]
        await returns.happens(*one.certified(), *one.attended(), *scores)
    found = await returns.opened(DAY)
    await returns.happens(workforce("kent", 7), *Person("kent").certified())
    assert await reproduce(returns.system, returns.servers, UUID(found), 1) == []
    await returns.run("ALTER TABLE cut_figures DISABLE TRIGGER frozen")
    sql = "UPDATE cut_figures SET document = replace(document, :old, :new)"
    only = "WHERE sight = 'kent' AND figure = 'headline'"
    await returns.run(f"{sql} {only}", old=":100,", new=":101,")
    wrong = await reproduce(returns.system, returns.servers, UUID(found), 1)
    assert [(e.figure, e.where, e.old, e.new) for e in wrong] == [
        ("headline", "kent: denominator.value", 101, 100),
        ("headline", "kent: rows[kent].denominator", 101, 100),
    ]


async def test_twice_and_out_of_order_is_once_and_in_order(returns: ReturnWorld) -> None:
    person = Person("kent")
    log = await returns.said([*person.certified(), person.completed("a"), person.completed("b")])
    await returns.bus.send(*reversed(log), *log, *log)
    forces = await as_at(returns, "forces")
    kent = row(forces, force_id="kent")
    assert [kent[each] for each in ("registered", "module_completions", "signed")] == [1, 2, 1]


async def test_what_no_read_model_can_take_is_counted_and_holds_up_its_key_alone(
    returns: ReturnWorld,
) -> None:
    one, other = Person("kent"), Person("kent")
    told = await returns.said([one.registered(), one.updated(neighbourhood=False)])
    broken = [_broken(told[0]), told[1]]
    await returns.bus.send(*broken, *await returns.said([other.registered()]))
    assert (await as_at(returns, "forces"))["totals"]["registered"] == 1
    (dead,) = await returns.rows("SELECT not_applied FROM cuts")
    checks = {e["check"]: e["found"] for e in (await as_at(returns, "data-quality"))["totals"]}
    assert checks["not-applied"] == dead.not_applied > 0


def _broken(envelope: Envelope) -> Envelope:
    """Readable, and yet no table takes it."""
    told = {name: getattr(envelope, name) for name in Envelope.__slots__}
    return Envelope(**told | {"data": envelope.data.replace(b'"learner_id":"', b'"learner_id":"x')})


async def test_a_log_that_has_lost_its_end_is_told(returns: ReturnWorld) -> None:
    found = await returns.opened(DAY)
    await returns.run("ALTER TABLE cuts DISABLE TRIGGER frozen")
    await returns.run("""UPDATE cuts SET ends = '[["npp.enrolment.learners", 0, 5]]'""")
    with pytest.raises(LogIncomplete, match=r"npp\.enrolment\.learners/0"):
        await reproduce(returns.system, returns.servers, UUID(found), 1)
    with pytest.raises(ReturnUnknown):
        await reproduce(returns.system, returns.servers, UUID(found), 2)


async def test_nothing_of_a_reading_is_left_in_the_live_tables(returns: ReturnWorld) -> None:
    await returns.happens(workforce("kent", 100), *Person("kent").certified())
    before = await returns.rows("SELECT * FROM freshness_view ORDER BY 1, 2")
    await returns.bus.send(*await returns.said(Person("essex").certified()))
    await returns.opened(DAY)
    assert await returns.rows("SELECT * FROM freshness_view ORDER BY 1, 2") == before
    assert await returns.value("SELECT count(*) FROM learners_view") == 1


async def test_whoever_consumes_reads_what_was_asked_for(
    postgres: PostgresForTests, kafka: KafkaForTests
) -> None:
    async with ReturnWorld(postgres.database("returns_live")) as world, world.running(kafka) as bus:
        await bus.send(*await world.said([*Person("kent").certified(), workforce("kent", 100)]))
        body = {"period": "q2", "as_of": DAY}
        found = (await world.post("/returns", body, **PUBLISHER)).json()["return_id"]

        async def frozen() -> bool:
            (version,) = (await world.read(f"/returns/{found}", **PUBLISHER))["versions"]
            return bool(version["state"] == "frozen")

        await eventually(frozen)
        assert (await world.frozen(found, "headline"))["numerator"] == 1
        servers = settings_of(world.url, kafka.bootstrap_servers).kafka_bootstrap_servers
        assert await reproduce(world.system, servers, UUID(found), 1) == []


async def test_ages_are_counted_to_the_day_of_the_return(returns: ReturnWorld) -> None:
    person = Person("kent")
    await returns.happens(*person.certified()[:4], recorded=MAY)
    found = await returns.opened((MAY + timedelta(days=30)).date().isoformat())
    pipeline = await returns.frozen(found, "pipeline")
    assert pipeline["on"] == "2026-06-03"
    assert row(pipeline, state="submitted")["old"] == 1
    assert set(SETS["national"].figures) == set(
        (await returns.rows("SELECT figures FROM cuts"))[0].figures
    )
