"""A service as data: what it consumes, what it needs, and what is done for it hourly."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from chassis import background
from chassis.background import Background
from chassis.consumer import Flow, Received
from chassis.database import EVERY_FORCE, Database
from chassis.migrate import migrate
from chassis.projection import Projection
from chassis.service import Service, main
from chassis.testing.service import settings_of
from chassis.testing.waiting import eventually
from npp_contracts.envelope import Envelope
from npp_ops.testing import PostgresForTests

from .specimen import service as specimen


class Stream:
    group, topics, types = "specimen.stream", (), frozenset[str]()

    def decode(self, envelope: Envelope) -> Any:
        return envelope

    async def apply(
        self, service: str, session: AsyncSession, events: Sequence[Received]
    ) -> None: ...


BROKERS = "127.0.0.1:1"


@pytest.fixture
async def url(postgres: PostgresForTests) -> str:
    """A database in which nothing that runs in the background finds a table missing."""
    url = postgres.database("background")
    database = Database(url)
    await migrate(database.engine, specimen.MIGRATIONS)
    await database.close()
    return url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    made = Database(url, scope=EVERY_FORCE)
    yield made
    await made.close()


def test_a_services_consumers_are_its_flows_projections_and_streams() -> None:
    flow, projection, stream = Flow("specimen.a", {}), Projection("specimen.b", [], {}), Stream()
    service = Service("specimen", Path(), flows=[flow], projections=[projection], streams=[stream])
    assert list(service.consumers) == [flow, projection, stream]


def test_what_a_service_requires_is_asked_for_before_it_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    monkeypatch.setenv("OIDC_ISSUER", "https://issuer.test")
    monkeypatch.setenv("OIDC_JWKS_URL", "https://issuer.test/jwks")

    monkeypatch.setattr("sys.argv", ["specimen", "run"])

    def missing() -> None:
        raise LookupError("SPECIMEN_SECRET is missing")

    with pytest.raises(LookupError, match="SPECIMEN_SECRET"):
        main(Service("specimen", Path(), requires=[missing]))


async def test_chores_are_done_again_and_again_and_see_every_force(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_HOUSEKEEPING_SECONDS", 0.01)
    seen: list[str] = []

    async def chore(connection: AsyncConnection) -> None:
        seen.append((await connection.execute(text("SHOW npp.force"))).scalar_one())
        if len(seen) == 1:
            raise ValueError("the next one may succeed")

    service = Service("specimen", Path(), chores=[chore])
    made = Background(service, settings_of(url, BROKERS), database)
    made.start(consume=True, relay=False)

    async def done_thrice() -> bool:
        return len(seen) >= 3

    try:
        await eventually(done_thrice)
    finally:
        await made.stop()
    assert set(seen) == {EVERY_FORCE}


async def test_a_worker_runs_without_end_begins_again_after_an_error_and_is_cancelled(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_WATCH_SECONDS", 0.01)
    told: list[str] = []

    async def worker(given: Database, brokers: str) -> None:
        told.append(brokers)
        if len(told) == 1:
            raise ValueError("the next one may succeed")
        try:
            async with given.connection() as connection:
                told.append((await connection.execute(text("SHOW npp.force"))).scalar_one())
                await asyncio.Event().wait()
        finally:
            told.append("cancelled")

    service = Service("specimen", Path(), workers=[worker])
    made = Background(service, settings_of(url, BROKERS), database)
    made.start(consume=True, relay=False)

    async def works() -> bool:
        return EVERY_FORCE in told

    try:
        await eventually(works)
    finally:
        await made.stop()
    assert told == [BROKERS, BROKERS, EVERY_FORCE, "cancelled"]
