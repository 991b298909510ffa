"""One database for the suite, emptied before each test."""

from collections.abc import AsyncIterator

import pytest

from chassis.migrate import migrate
from npp_ops.testing import PostgresForTests
from reporting.app import SERVICE

from .world import World


@pytest.fixture(scope="session")
async def everything(postgres: PostgresForTests) -> AsyncIterator[World]:
    made = World(postgres.database("reporting"))
    await migrate(made.system.engine, SERVICE.migrations)
    yield made
    await made.close()


@pytest.fixture
async def world(everything: World) -> World:
    await everything.forget()
    return everything
