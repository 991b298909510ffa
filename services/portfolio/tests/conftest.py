"""Fixtures of portfolio's tests: a fresh database for each module, a broker where asked for."""

from collections.abc import AsyncIterator

import pytest

from npp_ops.testing import PostgresForTests

from .world import World


@pytest.fixture(scope="module")
async def world(postgres: PostgresForTests) -> AsyncIterator[World]:
    async with World(postgres.database("portfolio")) as made:
        yield made
