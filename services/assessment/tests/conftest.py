"""An assessment service on a real database, reached over HTTP by people of several forces."""

from collections.abc import AsyncIterator

import pytest

from npp_ops.testing import PostgresForTests

from .desk import Desk


@pytest.fixture
async def desk(postgres: PostgresForTests) -> AsyncIterator[Desk]:
    async with Desk(postgres.database("assessment")) as made:
        yield made
