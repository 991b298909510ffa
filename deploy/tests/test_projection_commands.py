"""npp projection as somebody types it, on a real PostgreSQL; its process waits for a Kafka."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from typer.testing import CliRunner

from assessment.app import SERVICE
from assessment.projections.learners import LEARNERS
from chassis.database import EVERY_FORCE, Database
from chassis.errors import NotFound
from chassis.migrate import migrate
from chassis.rebuilding import Different, NoGeneration, NotAProjection, NotPromoted
from npp_ops.cli import build
from npp_ops.ports import LOOPBACK, free_port
from npp_ops.processes import stop_all
from npp_ops.stack import Stack
from npp_ops.testing import PostgresForTests

T = TypeVar("T")
WHY = ["--because", "a test", "--by", "anna"]
GROUP = LEARNERS.group


@pytest.fixture
def url(
    tmp_path: Path, postgres: PostgresForTests, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    monkeypatch.setenv("NPP_HOME", str(tmp_path))
    made = postgres.database("projections")
    told = {
        "DATABASE_URL": made,
        "KAFKA_BOOTSTRAP_SERVERS": f"{LOOPBACK}:{free_port()}",
        "OIDC_ISSUER": "https://issuer.test",
        "OIDC_JWKS_URL": "https://issuer.test/jwks",
    }
    monkeypatch.setattr(Stack, "database_url", lambda _stack, _service: made)
    monkeypatch.setattr(Stack, "environment", lambda _stack, _service: told)
    on(made, lambda database: migrate(database.engine, SERVICE.migrations))
    yield made
    stop_all(one.process for one in Stack.here().state.started.values())


def on(url: str, work: Callable[[Database], Awaitable[T]]) -> T:
    async def whole() -> T:
        database = Database(url, scope=EVERY_FORCE, size=2)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(whole())


def run_sql(url: str, sql: str) -> Any:
    async def ask(database: Database) -> Any:
        async with database.transaction() as within:
            return await within.connection.fetch(sql)

    return on(url, ask)


def npp(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(build(), ["projection", *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def data(*arguments: str, status: int = 0) -> Any:
    code, told = npp(*arguments, "--json")
    assert code == status
    return json.loads(told)


def test_a_generation_from_its_making_to_its_end(url: str) -> None:
    (before,) = data("list", "assessment")
    assert (before["group"], before["generation"], before["aside"]) == (GROUP, None, None)
    made = data("rebuild", GROUP, "--make-only", *WHY)
    assert (made["aside"], made["made"], made["log"]) == (f"{GROUP}@1", True, None)
    (listed,) = data("list", "assessment")
    assert (listed["generation"]["state"], listed["behind"]) == ("building", 0)
    assert data("compare", GROUP)["differences"] == []
    with pytest.raises(NotPromoted):
        npp("rollback", GROUP, *WHY)
    assert data("promote", GROUP, *WHY)["n"] == 1
    assert data("list", "assessment")[0]["generation"]["state"] == "promoted"
    assert data("rollback", GROUP, *WHY)["aside"] == f"{GROUP}@1"
    assert npp("retire", GROUP, *WHY) == (0, f"{GROUP}@1 is retired.\n")
    with pytest.raises(NoGeneration):
        npp("compare", GROUP)
    noted = run_sql(url, "SELECT command, target, actor, because FROM operations ORDER BY id")
    verbs = ("rebuild", "promote", "rollback", "retire")
    assert [tuple(row) for row in noted] == [
        (f"projection {verb}", GROUP, "anna", "a test") for verb in verbs
    ]


def test_a_difference_is_told_and_promoted_only_when_accepted(url: str) -> None:
    npp("rebuild", GROUP, "--make-only", *WHY)
    run_sql(url, "INSERT INTO streams (consumer_group, topic) VALUES ('assessment.learners', 't')")
    run_sql(url, "INSERT INTO sequences SELECT id, 'key', 1 FROM streams")
    (found,) = data("compare", GROUP, status=1)["differences"]
    assert found == {"table": "sequences", "part": "t", "live": 1, "aside": 0}
    code, told = npp("compare", GROUP)
    assert (code, "sequences" in told, "1 differences" in told) == (1, True, True)
    with pytest.raises(Different):
        npp("promote", GROUP, *WHY)
    assert len(data("promote", GROUP, "--differences-accepted", *WHY)["differences"]) == 1


def test_its_process_goes_on_until_the_generation_ends(url: str) -> None:
    def process() -> Any:
        return Stack.here().state.started[f"rebuild-{GROUP}"].process

    made = data("rebuild", GROUP, "--rate", "100", *WHY)
    first = process()
    assert (made["made"], first.alive(), made["log"]) == (True, True, first.log)
    again = data("rebuild", GROUP, "--rate", "100", *WHY)
    assert (again["made"], process().pid) == (False, first.pid)
    npp("retire", GROUP, *WHY)
    assert first.gone_within(60), first.log_tail()
    assert "Traceback" not in first.log_tail(100)


def test_a_generation_is_paused_by_its_own_name(url: str) -> None:
    arguments = ["consumer", "pause", f"{GROUP}@1", *WHY]
    assert CliRunner().invoke(build(), arguments).exit_code == 0
    assert [row["name"] for row in run_sql(url, "SELECT name FROM controls")] == [f"{GROUP}@1"]


def test_the_role_says_when_there_is_nothing_to_build(url: str) -> None:
    told = Stack.here().environment("assessment")
    command = [sys.executable, "-m", "assessment", "rebuild", GROUP]
    ended = subprocess.run(command, env=told, check=False, capture_output=True, text=True)
    assert (ended.returncode, "NoGeneration" in ended.stderr) == (1, True)
    assert "Traceback" not in ended.stderr


def test_only_projections_are_rebuilt(url: str) -> None:
    flow = SERVICE.flows[0].group if SERVICE.flows else "portfolio.open-on-enrolment"
    with pytest.raises(NotAProjection):
        npp("rebuild", flow, "--make-only", *WHY)
    with pytest.raises(NotFound):
        npp("rebuild", "assessment.nothing", *WHY)
