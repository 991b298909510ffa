"""The event that the others' outboxes carry: the bytes and headers that ours has on the wire."""

from dataclasses import dataclass
from uuid import UUID

from chassis import outbox
from chassis.clock import now
from chassis.outbox import Cause, Outgoing
from npp_contracts.headers import SCHEMA_PREFIX, headers_of
from tests.load.records import submission


@dataclass(frozen=True, slots=True)
class Message:
    """One of them. Their headers are text."""

    topic: str
    key: str
    body: bytes
    headers: dict[str, str]


def wire(event: Outgoing) -> Message:
    """The same as our relay would send."""
    headers = headers_of(
        id=event.id,
        type=event.type,
        source="/npp/portfolio",
        subject=event.key,
        time=event.time,
        dataschema=SCHEMA_PREFIX + event.type,
        correlationid=event.cause.correlation_id,
        causationid=event.cause.causation_id,
        sequence=event.sequence,
        forceid=event.force_id,
        traceparent=event.cause.traceparent,
    )
    text = {name: value.decode() for name, value in headers}
    return Message(event.topic, event.key, event.payload, text)


def message(key: UUID) -> Message:
    """A first event of a key."""
    return wire(outbox.outgoing("portfolio", submission(key, 1), 1, now(), Cause("load")))
