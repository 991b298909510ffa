"""A database per module: forces and programmes of one module are no other's business."""

import os
from collections.abc import AsyncIterator

import pytest

from npp_ops.testing import PostgresForTests

from .world import World

os.environ.setdefault("PSEUDONYM_SECRET", "a secret of the tests of enrolment")


@pytest.fixture(scope="module")
async def world(postgres: PostgresForTests) -> AsyncIterator[World]:
    async with World(postgres.database("enrolment")) as made:
        await made.publish()
        yield made
