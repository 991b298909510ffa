"""What came over the wire, understood as far as it can be: never an exception, always a value."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.kafka import Record
from npp_contracts.catalogue import EVENTS
from npp_contracts.envelope import Envelope, EnvelopeError
from npp_contracts.event import Event

_VERSION = re.compile(r"\.v\d+$")
_KNOWN = frozenset(_VERSION.sub("", name) for name in EVENTS)


class Unreadable(Exception):
    """The payload does not fit what this consumer needs of it; it never will."""


# Not frozen: a frozen one takes three times as long to make, and there is one for each record.
@dataclass(slots=True)
class Received:
    """One record and what was understood of it.

    envelope: None when even the headers can't be read. event: the decoded payload when this
    consumer handles the type, else None. problem: why it can't be used, in words. buried: it is a
    dead letter since an earlier reading.
    """

    record: Record
    envelope: Envelope | None
    event: Any = None
    problem: str | None = None
    buried: bool = False

    @property
    def handled(self) -> bool:
        return self.event is not None


class Consumer(Protocol):
    """A consumer group: the types it handles, how it decodes and how it applies them."""

    @property
    def group(self) -> str: ...
    @property
    def topics(self) -> Sequence[str]: ...
    @property
    def types(self) -> frozenset[str]: ...

    def decode(self, envelope: Envelope) -> Any:
        """The payload as apply() wants it. Raises Unreadable."""
        ...

    async def apply(self, service: str, session: AsyncSession, events: Sequence[Received]) -> None:
        """Change state by events that are new, in order, in the session's transaction."""
        ...


@runtime_checkable
class Notified(Protocol):
    """A consumer that wants to know when what it applied can be seen by others."""

    def committed(self, events: Sequence[Received]) -> None:
        """The transaction that applied these has been committed; it must not raise."""
        ...


def validated(kind: type[Event], envelope: Envelope) -> Event:
    """The event of an envelope, held against its contract; raises Unreadable."""
    try:
        return kind.model_validate_json(envelope.data)
    except ValidationError as broken:
        first = broken.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "payload"
        raise Unreadable(f"{where}: {first['msg']}") from broken


def understand(consumer: Consumer, record: Record) -> Received:
    """Decode a record for a consumer; whatever is wrong with it becomes its problem."""
    try:
        envelope = Envelope.from_record(record.key, record.headers, record.value)
    except EnvelopeError as broken:
        return Received(record, None, problem=str(broken))
    kind = EVENTS.get(envelope.type)
    if kind is None:
        if _VERSION.sub("", envelope.type) in _KNOWN:
            return Received(record, envelope, problem=f"unknown major version: {envelope.type}")
        return Received(record, envelope)
    if kind.topic.name != record.topic:
        return Received(record, envelope, problem=f"{envelope.type} is not for this topic")
    if envelope.type not in consumer.types:
        return Received(record, envelope)
    try:
        return Received(record, envelope, consumer.decode(envelope))
    except Unreadable as broken:
        return Received(record, envelope, problem=str(broken))
