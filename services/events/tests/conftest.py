"""One database for the suite: every test makes sessions and learners of its own."""

from collections.abc import AsyncIterator

import pytest

from chassis.migrate import migrate
from events.app import SERVICE
from npp_ops.testing import PostgresForTests

from .world import World


@pytest.fixture(scope="session")
async def world(postgres: PostgresForTests) -> AsyncIterator[World]:
    made = World(postgres.database("events"))
    await migrate(made.database.engine, SERVICE.migrations)
    yield made
    await made.client.aclose()
    await made.database.close()
