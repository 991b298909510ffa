"""Fixtures of the chassis's tests."""

from collections.abc import AsyncIterator

import pytest

from chassis.consumer import runner
from chassis.migrate import migrate
from npp_contracts.topics import PORTFOLIOS
from npp_ops.testing import KafkaForTests, PostgresForTests

from .specimen import service as specimen
from .specimen.world import World
from .web import Web


@pytest.fixture
async def world(
    postgres: PostgresForTests, kafka: KafkaForTests, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    monkeypatch.setattr(runner, "_RETRY_SECONDS", 0.01)
    kafka.fresh({PORTFOLIOS.name: 6})
    made = World(postgres.database("chassis"), kafka)
    await migrate(made.database.engine, specimen.MIGRATIONS)
    specimen.BROKEN.clear()
    yield made
    await made.database.close()


@pytest.fixture(scope="module")
async def web(postgres: PostgresForTests) -> AsyncIterator[Web]:
    async with Web(postgres.database("http")) as made:
        yield made
