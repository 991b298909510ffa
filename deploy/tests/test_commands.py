"""The commands as somebody types them."""

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from assessment.app import SERVICE
from chassis.database import EVERY_FORCE, Database
from chassis.migrate import migrate
from npp_ops.cli import build
from npp_ops.commands.topics import compare
from npp_ops.issuer.tokens import ForceMissing, UnknownRole
from npp_ops.stack import Stack
from npp_ops.state import State
from npp_ops.testing import PostgresForTests
from npp_ops.topics import TopicState

UNREADABLE = text("""
INSERT INTO dead_letters
    (consumer_group, topic, partition, "offset", key, headers, payload, reason, detail)
VALUES ('assessment.learners', 'npp.enrolment.learners', 3, 41, '\\xff', '[["ce_id", null]]',
        'not json', 'invalid', 'ce_id is absent')
""")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NPP_HOME", str(tmp_path))
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(build(), arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


@pytest.mark.parametrize("command", [["status"], ["topics"], ["token", "--role", "iqa"]])
def test_command_before_the_first_up_says_so(home: Path, command: list[str]) -> None:
    assert run(*command)[0] == 1


@pytest.mark.parametrize("command", [["down"], ["clean"]])
def test_stopping_what_never_ran_is_fine(home: Path, command: list[str]) -> None:
    assert run(*command)[0] == 0


def test_token_needs_a_known_role_and_a_force(home: Path) -> None:
    State(home / "stack.json", ports={"issuer": 9}).save()
    with pytest.raises(UnknownRole):
        run("token", "--role", "chief")
    with pytest.raises(ForceMissing):
        run("token", "--role", "iqa")
    told = json.loads(run("token", "--role", "iqa", "--force", "kent", "--json")[1])
    assert (told["subject"], told["roles"], told["force_id"]) == ("npp-iqa-kent", ["iqa"], "kent")


def test_up_refuses_a_service_that_does_not_exist(home: Path) -> None:
    assert run("up", "payroll")[0] == 2
    assert not (home / "stack.json").exists()


async def prepare(url: str) -> None:
    database = Database(url, scope=EVERY_FORCE, size=1)
    await migrate(database.engine, SERVICE.migrations)
    async with database.session() as session:
        await session.execute(UNREADABLE)
    await database.close()


def test_dead_letters_are_listed_and_shown(
    home: Path, postgres: PostgresForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database("dlq")
    asyncio.run(prepare(url))
    monkeypatch.setattr(Stack, "database_url", lambda _stack, _service: url)
    (listed,) = json.loads(run("dlq", "list", "assessment", "--json")[1])
    shown = json.loads(run("dlq", "show", "assessment", str(listed["id"]), "--json")[1])
    died = listed.pop("died")
    assert listed == {
        "service": "assessment",
        "id": 1,
        "group": "assessment.learners",
        "reason": "invalid",
        "topic": "npp.enrolment.learners",
        "partition": 3,
        "offset": 41,
        "detail": "ce_id is absent",
    }
    assert shown == {
        **listed,
        "died": died,
        "sequence": None,
        "closed_as": None,
        "closed_by": None,
        "closed_because": None,
        "key": "\\xff",
        "headers": {"ce_id": None},
        "payload": "not json",
    }


def test_topics_are_compared_with_the_catalogue() -> None:
    rows = compare(
        [
            TopicState("npp.events.places", 3, 1, 0),
            TopicState("npp.events.sessions", 6, 1, 0),
            TopicState("npp.portfolio.portfolios", 6, 1, 2),
            TopicState("somebody.else", 1, 1, 0),
        ]
    )
    verdicts = {str(row["topic"]): row["verdict"] for row in rows}
    assert verdicts["npp.events.places"] == "6 partitions wanted"
    assert verdicts["npp.events.sessions"] == "ok"
    assert verdicts["npp.portfolio.portfolios"] == "without leader"
    assert verdicts["npp.enrolment.learners"] == "missing"
    assert verdicts["somebody.else"] == "extra"


def test_state_is_private_and_survives_as_it_was(home: Path) -> None:
    state = State(home / "stack.json", ports={"kafka": 1})
    secret = state.secret("database-events")
    state.save()
    loaded = State.load(home / "stack.json")
    assert (loaded, loaded.secret("database-events")) == (state, secret)
    assert state.file.stat().st_mode & 0o077 == 0
