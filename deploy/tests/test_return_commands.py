"""npp return as somebody types it, on a real PostgreSQL and a real Kafka."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from chassis.errors import NotFound
from chassis.testing.service import ServiceUnderTest
from npp_contracts.catalogue import TOPICS
from npp_ops.cli import build
from npp_ops.stack import Stack
from npp_ops.testing import KafkaForTests, PostgresForTests
from reporting.api.returns.freezing import read_cuts
from reporting.app import SERVICE

PUBLISHER = {"roles": ["national-publisher"], "force_id": "national"}


@pytest.fixture
def frozen(
    tmp_path: Path,
    postgres: PostgresForTests,
    kafka: KafkaForTests,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A return whose first version has been read from an empty log."""
    monkeypatch.setenv("NPP_HOME", str(tmp_path))
    url = postgres.database("return_commands")
    kafka.fresh({topic.name: topic.partitions for topic in TOPICS.values()})
    monkeypatch.setattr(Stack, "database_url", lambda _stack, _service: url)
    monkeypatch.setattr(Stack, "own_settings", lambda _stack, _service: {})
    monkeypatch.setattr(Stack, "bootstrap_servers", kafka.bootstrap_servers)

    async def made() -> str:
        async with ServiceUnderTest(SERVICE, url) as it:
            body = {"period": "2026-q2", "as_of": "2026-06-30"}
            headers = it.issuer.bearer(**PUBLISHER)
            answer = await it.client.post("/returns", json=body, headers=headers)
            await read_cuts(it.system, kafka.bootstrap_servers)
            return str(answer.json()["return_id"])

    return asyncio.run(made())


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(build(), ["return", *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_a_version_is_reproduced_or_refused(frozen: str) -> None:
    code, told = run("reproduce", frozen, "1", "--json")
    assert (code, json.loads(told)) == (0, {"return": frozen, "version": 1, "differences": []})
    code, told = run("reproduce", frozen, "1")
    assert (code, told.splitlines()[-1]) == (0, "Equal to the digit.")
    for unknown in ((frozen, "2"), (str(uuid4()), "1")):
        with pytest.raises(NotFound):
            run("reproduce", *unknown)
    assert run("reproduce", "nothing", "1")[0] == 2
