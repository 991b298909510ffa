"""One database for the suite, emptied before each test."""

from collections.abc import AsyncIterator

import pytest

from npp_ops.testing import PostgresForTests

from .world import World


@pytest.fixture(scope="session")
async def everything(postgres: PostgresForTests) -> AsyncIterator[World]:
    async with World(postgres.database("reporting")) as made:
        yield made


@pytest.fixture
async def world(everything: World) -> World:
    await everything.forget()
    return everything
