"""One database for the suite, emptied before each test."""

import os
from collections.abc import AsyncIterator

import pytest

from npp_ops.testing import KafkaForTests, PostgresForTests

from .feeding import FeedWorld
from .returning import ReturnWorld, returning
from .world import World

os.environ.setdefault("PSEUDONYM_SECRET", "a secret of the tests of reporting")
# Receivers of the tests listen on loopback, in plain text.
os.environ.setdefault("WEBHOOK_ALLOW_HTTP", "true")
os.environ.setdefault("WEBHOOK_ALLOWED_NETWORKS", '["127.0.0.0/8"]')
os.environ.setdefault("WEBHOOK_SECRET", "another secret of the tests of reporting")


@pytest.fixture(scope="session")
async def everything(postgres: PostgresForTests) -> AsyncIterator[World]:
    async with World(postgres.database("reporting")) as made:
        yield made


@pytest.fixture
async def world(everything: World) -> World:
    await everything.forget()
    return everything


@pytest.fixture
async def returns(postgres: PostgresForTests, kafka: KafkaForTests) -> AsyncIterator[ReturnWorld]:
    async with returning(postgres.database("returns"), kafka) as made:
        yield made


@pytest.fixture(scope="session")
async def all_feeds(postgres: PostgresForTests) -> AsyncIterator[FeedWorld]:
    async with FeedWorld(postgres.database("feeds")) as made:
        yield made


@pytest.fixture
async def feeds(all_feeds: FeedWorld) -> FeedWorld:
    await all_feeds.forget()
    return all_feeds
