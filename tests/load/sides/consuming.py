"""Ours of P1 and P2: the runner of a consumer group, with its checkpoint in the database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer import PostgresStore, Received, Runner
from chassis.consumer.received import Consumer
from chassis.database import EVERY_FORCE, Database
from chassis.kafka import Batch, Place, Source, subscriptions
from chassis.logs import set_up_logging
from npp_contracts.envelope import Envelope
from npp_contracts.topics import PORTFOLIOS
from tests.load.member import Member
from tests.load.specimen import VIEW


@dataclass(frozen=True, slots=True)
class Nothing:
    """A consumer that decodes as the projection does and then does nothing."""

    group: str = "portfolio.nothing"
    topics: Sequence[str] = (PORTFOLIOS.name,)
    types: frozenset[str] = VIEW.types

    def decode(self, envelope: Envelope) -> Any:
        """As the projection would."""
        return VIEW.decode(envelope)

    def reader(self, kind: str) -> Callable[[bytes], Any] | None:
        """As the projection would."""
        return VIEW.reader(kind)

    async def apply(self, service: str, session: AsyncSession, events: Sequence[Received]) -> None:
        """Nothing."""


async def project(member: Member, kafka: str, url: str) -> None:
    """P1: the read model."""
    await _run(member, kafka, url, VIEW)


async def nothing(member: Member, kafka: str, url: str) -> None:
    """P2: the runtime alone."""
    await _run(member, kafka, url, Nothing())


async def _run(member: Member, kafka: str, url: str, consumer: Consumer) -> None:
    """Take batches from when everybody has their partitions until told that all is done."""
    set_up_logging("load", "WARNING")
    database = Database(url, scope=EVERY_FORCE)
    given = Runner("portfolio", consumer, PostgresStore(database)).subscription()
    held: set[Place] = set()

    async def on_batch(source: Source, batch: Batch) -> None:
        await member.going.wait()
        member.begin()
        await given.on_batch(source, batch)
        member.progress(sum(map(len, batch.values())))

    async def on_assigned(source: Source, places: set[Place]) -> None:
        held.update(places)
        await given.on_assigned(source, places)
        member.ready(len(held))

    async def on_revoked(source: Source, places: set[Place]) -> None:
        held.difference_update(places)
        await given.on_revoked(source, places)

    watched = replace(given, on_batch=on_batch, on_assigned=on_assigned, on_revoked=on_revoked)
    broker = subscriptions(kafka, "load", [watched])
    await broker.start()
    await member.stopping.wait()
    await broker.stop()
    await database.close()
