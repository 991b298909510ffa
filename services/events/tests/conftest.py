"""One database for the suite: every test makes sessions and learners of its own."""

from collections.abc import AsyncIterator

import pytest

from npp_ops.testing import PostgresForTests

from .world import World


@pytest.fixture(scope="session")
async def world(postgres: PostgresForTests) -> AsyncIterator[World]:
    async with World(postgres.database("events")) as made:
        yield made
