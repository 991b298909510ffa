"""The consumer group that fills the feeds."""

from collections.abc import Sequence
from typing import Final, cast

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer import Received, Unreadable
from chassis.database import driver
from chassis.pseudonyms import pseudonyms
from npp_contracts.catalogue import EVENTS, TOPICS
from npp_contracts.envelope import Envelope
from reporting.feeds.bell import BELL
from reporting.feeds.entry import Entry
from reporting.feeds.routing import routed
from reporting.feeds.writer import place
from reporting.telemetry import FEED_PLACED, FEED_POSITION, FEED_REFUSED


class Feeds:
    """Takes every event of the platform, and fails closed: one in doubt becomes a dead letter."""

    # One for all topics: batches wait for each other at the feeds' rows, whoever places them.
    group: Final = "reporting.feeds"
    topics: Final = tuple(TOPICS)
    types: Final = frozenset(name for name, kind in EVENTS.items() if kind.topic.name in TOPICS)

    def decode(self, envelope: Envelope) -> list[Entry]:
        """What the event gives to the feeds; raises Unreadable."""
        try:
            return routed(envelope, pseudonyms())
        except Unreadable:
            FEED_REFUSED.labels(self.group).inc()
            raise

    async def apply(self, service: str, session: AsyncSession, events: Sequence[Received]) -> None:
        """Give each its position, exactly once: the checkpoint moves in the same transaction."""
        await place(await driver(session), _entries(events))

    def committed(self, events: Sequence[Received]) -> None:
        """Count them, and wake who waits for them."""
        placed = _entries(events)
        ends = {each.force_id: each.position for each in placed}
        FEED_PLACED.labels(self.group).inc(len(placed))
        for force_id, position in ends.items():
            FEED_POSITION.labels(force_id).set(position)
        BELL.ring(ends)


def _entries(events: Sequence[Received]) -> list[Entry]:
    return [each for one in events for each in cast(list[Entry], one.event)]
