"""A database per module: forces and programmes of one module are no other's business."""

from collections.abc import AsyncIterator

import pytest

from npp_ops.testing import PostgresForTests

from .world import World, new_world


@pytest.fixture(scope="module")
async def world(postgres: PostgresForTests) -> AsyncIterator[World]:
    made = await new_world(postgres.database("enrolment"))
    await made.publish()
    yield made
    await made.close()
