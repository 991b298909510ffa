"""The consumer group that fills the feeds."""

from collections.abc import Sequence
from typing import Final, cast

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer import Received, Unreadable
from chassis.database import driver
from chassis.pseudonyms import pseudonyms
from npp_contracts.catalogue import EVENTS, TOPICS
from npp_contracts.enrolment import LearnerErased
from npp_contracts.envelope import Envelope
from reporting.feeds.bell import BELL
from reporting.feeds.entry import Entry
from reporting.feeds.routing import routed
from reporting.feeds.writer import place
from reporting.store.erasures import Due, tell
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
        connection, placed = await driver(session), _entries(events)
        await place(connection, placed)
        if erased := [due(each) for each in placed if each.type == LearnerErased.type]:
            await tell(connection, erased)

    def committed(self, events: Sequence[Received]) -> None:
        """Count them, and wake who waits for them."""
        placed = _entries(events)
        ends = {each.force_id: each.position for each in placed}
        FEED_PLACED.labels(self.group).inc(len(placed))
        for force_id, position in ends.items():
            FEED_POSITION.labels(force_id).set(position)
        BELL.ring(ends)


def due(entry: Entry) -> Due:
    """What the force is told to erase, as its feed says it."""
    said = LearnerErased.model_validate(msgspec.json.decode(entry.document)["data"])
    return Due(entry.force_id, said.learner_id, entry.position, said.due_on)


def _entries(events: Sequence[Received]) -> list[Entry]:
    return [each for one in events for each in cast(list[Entry], one.event)]
