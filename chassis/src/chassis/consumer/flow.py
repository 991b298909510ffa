"""A flow: for each event, one function that decides what this service does about it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import outbox
from chassis.auth import SYSTEM
from chassis.consumer.received import Received, validated
from chassis.database import driver
from chassis.outbox import Cause, Outgoing
from chassis.tracing import current_traceparent, span_from
from chassis.work import Work
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event

Handler: TypeAlias = Callable[[Work, Any, Envelope], Awaitable[object]]
Before: TypeAlias = Callable[[AsyncSession, Sequence[Received]], Awaitable[None]]


@dataclass(frozen=True)
class Flow:
    """A consumer group whose handlers act on single events, each exactly once, in key order.

    group: `<service>.<what it does>`. on: one handler per event class. What a handler changes
    and records commits with the consumer's checkpoint. Between topics there is no order.
    Each runs in a span of the trace that its event belongs to, and what it records continues it.
    before: sees a batch's new events as a whole first, to lock or look up for all at once.
    """

    group: str
    on: Mapping[type[Event], Handler]
    before: Before | None = None

    @property
    def topics(self) -> Sequence[str]:
        return sorted({kind.topic.name for kind in self.on})

    @property
    def types(self) -> frozenset[str]:
        return frozenset(kind.type for kind in self.on)

    def decode(self, envelope: Envelope) -> Event:
        """The event, validated against its contract; raises Unreadable."""
        kind = next(kind for kind in self.on if kind.type == envelope.type)
        return validated(kind, envelope)

    async def apply(self, service: str, session: AsyncSession, events: Sequence[Received]) -> None:
        """Run the handlers; their events go out with this transaction."""
        if self.before is not None:
            await self.before(session, events)
        leaving: list[Outgoing] = []
        for one in events:
            meta = one.envelope
            assert meta is not None  # noqa: S101  only readable records are ever applied
            with span_from(self.group, meta.traceparent, event=meta.type, key=meta.subject):
                cause = Cause(meta.correlationid, str(meta.id), current_traceparent())
                work = Work(service, session, SYSTEM, cause, leaving)
                await self.on[type(one.event)](work, one.event, meta)
        await session.flush()
        await outbox.write(await driver(session), leaving)
