"""Events to carry: the same records for the floor and for ours, on Kafka or in the outbox."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from chassis import outbox
from chassis.clock import new_id, now
from chassis.kafka import Publisher
from chassis.outbox import Cause, Outgoing
from npp_contracts.envelope import Envelope
from npp_contracts.ids import LearnerId, PortfolioId
from npp_contracts.portfolio import PortfolioSubmitted

from .stage import session

# How often an aggregate changes: a projection of last states then has something to fold.
CHANGES: Final = 3
_CHUNK: Final = 2000


def outgoing(count: int) -> Iterator[Outgoing]:
    """So many events: all first changes, then all second ones, and so on."""
    keys = [new_id() for _ in range(count // CHANGES + 1)]
    cause = Cause(str(new_id()))
    for number in range(count):
        revision, index = divmod(number, len(keys))
        event = _event(keys[index], revision + 1)
        yield outbox.outgoing("portfolio", event, revision + 1, now(), cause)


def _event(key: UUID, revision: int) -> PortfolioSubmitted:
    return PortfolioSubmitted(
        portfolio_id=PortfolioId(key),
        learner_id=LearnerId(key),
        force_id="derbyshire",
        revision=revision,
    )


def envelopes(count: int) -> list[tuple[str, Envelope]]:
    """The same as they go over the wire, with their topics."""
    return [(one.topic, outbox.envelope("portfolio", one)) for one in outgoing(count)]


async def publish(bootstrap_servers: str, events: Sequence[tuple[str, Envelope]]) -> None:
    """Put them on Kafka."""
    publisher = Publisher(bootstrap_servers, "load")
    await publisher.start()
    for start in range(0, len(events), _CHUNK):
        await publisher.publish(events[start : start + _CHUNK])
    await publisher.stop()


async def queue(url: str, count: int) -> None:
    """Put so many into the outbox, as committed transactions would have left them."""
    events = list(outgoing(count))
    async with session(url) as connection:
        for start in range(0, count, _CHUNK):
            async with connection.transaction():
                await outbox.write(connection, events[start : start + _CHUNK])
        await connection.execute("ANALYZE outbox, event_log")
