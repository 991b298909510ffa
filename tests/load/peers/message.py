"""The event that the others' outboxes carry: the bytes and headers that ours has on the wire."""

from dataclasses import dataclass
from uuid import UUID

from chassis import outbox
from chassis.clock import now
from chassis.outbox import Cause
from npp_contracts.envelope import Envelope
from tests.load.records import submission


@dataclass(frozen=True, slots=True)
class Message:
    """One of them. Their headers are text."""

    topic: str
    key: str
    body: bytes
    headers: dict[str, str]


def wire(topic: str, envelope: Envelope) -> Message:
    """The same as our relay would send."""
    headers = {name: value.decode() for name, value in envelope.headers()}
    return Message(topic, envelope.subject, envelope.data, headers)


def message(key: UUID) -> Message:
    """A first event of a key."""
    made = outbox.outgoing("portfolio", submission(key, 1), 1, now(), Cause("load"))
    return wire(made.topic, outbox.envelope("portfolio", made))
