"""A database per module: forces and programmes of one module are no other's business."""

from collections.abc import AsyncIterator

import pytest

from npp_ops.testing import PostgresForTests

from .world import World


@pytest.fixture(scope="module")
async def world(postgres: PostgresForTests) -> AsyncIterator[World]:
    async with World(postgres.database("enrolment")) as made:
        await made.publish()
        yield made
