"""A service as data: what it consumes, what it needs, and what is done for it hourly."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from chassis import background
from chassis.background import Background
from chassis.consumer import Flow, Received
from chassis.database import EVERY_FORCE, Database
from chassis.projection import Projection
from chassis.service import Service, main
from chassis.testing.service import settings_of
from chassis.testing.waiting import eventually
from npp_contracts.envelope import Envelope
from npp_ops.testing import PostgresForTests


class Stream:
    group, topics, types = "specimen.stream", (), frozenset[str]()

    def decode(self, envelope: Envelope) -> Any:
        return envelope

    async def apply(
        self, service: str, session: AsyncSession, events: Sequence[Received]
    ) -> None: ...


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


async def test_duties_are_looked_at_every_second_by_who_consumes(
    postgres: PostgresForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_WATCH_SECONDS", 0.01)
    seen: list[tuple[str, str]] = []

    async def duty(database: Database, servers: str) -> None:
        async with database.connection() as connection:
            scope = (await connection.execute(text("SHOW npp.force"))).scalar_one()
        seen.append((scope, servers))
        if len(seen) == 1:
            raise ValueError("the next one may succeed")

    url = postgres.database("duties")
    database = Database(url, scope=EVERY_FORCE)
    service = Service("specimen", Path(), duties=[duty])
    made = Background(service, settings_of(url, "127.0.0.1:1"), database)
    made.start(consume=True, relay=False)

    async def done_thrice() -> bool:
        return len(seen) >= 3

    try:
        await eventually(done_thrice)
    finally:
        await made.stop()
        await database.close()
    assert set(seen) == {(EVERY_FORCE, "127.0.0.1:1")}


async def test_chores_are_done_again_and_again_and_see_every_force(
    postgres: PostgresForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_HOUSEKEEPING_SECONDS", 0.01)
    seen: list[str] = []

    async def chore(connection: AsyncConnection) -> None:
        seen.append((await connection.execute(text("SHOW npp.force"))).scalar_one())
        if len(seen) == 1:
            raise ValueError("the next one may succeed")

    url = postgres.database("chores")
    database = Database(url, scope=EVERY_FORCE)
    service = Service("specimen", Path(), chores=[chore])
    made = Background(service, settings_of(url, "127.0.0.1:1"), database)
    made.start(consume=True, relay=False)

    async def done_thrice() -> bool:
        return len(seen) >= 3

    try:
        await eventually(done_thrice)
    finally:
        await made.stop()
        await database.close()
    assert set(seen) == {EVERY_FORCE}
