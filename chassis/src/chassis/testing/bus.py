"""Kafka as the neighbours of a running service meet it: what they publish, what they can read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.clock import new_id, now
from chassis.kafka import Publisher, reading
from chassis.testing.waiting import eventually
from npp_contracts.catalogue import EVENTS
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from npp_contracts.testing import read
from npp_contracts.topics import Topic


def envelope(event: Event, sequence: int = 1) -> Envelope:
    """The event as its owner would send it."""
    return Envelope.of(event, id=new_id(), time=now(), sequence=sequence, correlationid="test")


class Bus:
    """The topics of one cluster."""

    def __init__(self, bootstrap_servers: str, publisher: Publisher) -> None:
        self._servers = bootstrap_servers
        self._publisher = publisher

    async def send(self, *envelopes: Envelope) -> None:
        """Put these on their topics in this order: one that is given twice comes twice."""
        refused = await self._publisher.publish(
            [(EVENTS[each.type].topic.name, each) for each in envelopes]
        )
        for reason in refused.values():
            raise reason

    async def published(self, topic: Topic, count: int) -> list[tuple[Envelope, Event]]:
        """All that a topic holds once it holds so many, in the order of each key.

        What is not exactly as its contract says raises; see `npp_contracts.testing.read`.
        """
        async with reading(self._servers, [topic.name]) as reader:

            async def there() -> bool:
                return sum((await reader.ends()).values()) >= count

            await eventually(there)
            begins, ends = await reader.begins(), await reader.ends()
            spans = {place: (begins[place], ends[place]) for place in reader.places}
            records = [each async for batch in reader.records(spans) for each in batch]
        raw = [(one.key or b"", list(one.headers), one.value or b"") for one in records]
        return [(Envelope.from_record(*one), read(one)) for one in raw]


@asynccontextmanager
async def joined(bootstrap_servers: str) -> AsyncIterator[Bus]:
    """Take part in a cluster whose topics are there."""
    publisher = Publisher(bootstrap_servers, "test")
    await publisher.start()
    try:
        yield Bus(bootstrap_servers, publisher)
    finally:
        await publisher.stop()
