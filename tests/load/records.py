"""Events to carry: the same records for the floor and for ours, on Kafka or in the outbox."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, TypeVar
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
_DOMAIN: Final = ["portfolio_id", "learner_id", "force_id", "revision", "version"]
T = TypeVar("T")


def submission(key: UUID, revision: int) -> PortfolioSubmitted:
    """The one kind of event that is carried."""
    return PortfolioSubmitted(
        portfolio_id=PortfolioId(key),
        learner_id=LearnerId(key),
        force_id="derbyshire",
        revision=revision,
    )


def row(key: UUID) -> dict[str, Any]:
    """The domain row that its first event follows from."""
    return dict(zip(_DOMAIN, (key, key, "derbyshire", 1, 1), strict=True))


def _submissions(count: int) -> Iterator[PortfolioSubmitted]:
    """So many events: all first changes, then all second ones, and so on."""
    keys = [new_id() for _ in range(count // CHANGES + 1)]
    for number in range(count):
        revision, index = divmod(number, len(keys))
        yield submission(keys[index], revision + 1)


def outgoing(count: int) -> Iterator[Outgoing]:
    """So many as a transaction records them."""
    cause = Cause(str(new_id()))
    for event in _submissions(count):
        yield outbox.outgoing("portfolio", event, event.revision, now(), cause)


def envelopes(count: int) -> Iterator[tuple[str, Envelope]]:
    """So many as they go over the wire, with their topics."""
    cause = str(new_id())
    for event in _submissions(count):
        yield (
            event.topic.name,
            Envelope.of(
                event, id=new_id(), time=now(), sequence=event.revision, correlationid=cause
            ),
        )


async def publish(bootstrap_servers: str, events: Iterable[tuple[str, Envelope]]) -> None:
    """Put them on Kafka."""
    publisher = Publisher(bootstrap_servers, "load")
    await publisher.start()
    for chunk in chunks(events, _CHUNK):
        await publisher.publish(chunk)
    await publisher.stop()


async def queue(url: str, count: int) -> None:
    """Put so many into the outbox, with their domain rows, as committed transactions leave them."""
    async with session(url) as connection:
        for chunk in chunks(outgoing(count), _CHUNK):
            async with connection.transaction():
                first = (UUID(event.key) for event in chunk if event.sequence == 1)
                await connection.copy_records_to_table(
                    "bare_folders", columns=_DOMAIN, records=[tuple(row(k).values()) for k in first]
                )
                await outbox.write(connection, chunk)
        await connection.execute("ANALYZE outbox, event_log")


def chunks(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many at a time."""
    rest = iter(things)
    while chunk := list(islice(rest, size)):
        yield chunk
