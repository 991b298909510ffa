"""The unit of work: state and the events that follow from it commit together or not at all."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import ColumnExpressionArgument, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import outbox
from chassis.auth import Actor
from chassis.clock import now
from chassis.database import Database, driver, scope_of
from chassis.errors import NotFound, Stale
from chassis.faults import point
from chassis.outbox import Cause, Change, Outgoing
from chassis.rows import Rows, Shape, shape_of
from chassis.transaction import Opening, Transaction
from npp_contracts.event import Event


class Aggregate(Protocol):
    """State with a key, a version that counts its events, and what each event changes in it."""

    version: int

    def apply(self, event: Any) -> None: ...


A = TypeVar("A", bound=Aggregate)


class Work:
    """One transaction on behalf of one actor.

    now: the moment of the whole transaction, aware, UTC.
    """

    def __init__(
        self,
        service: str,
        within: AsyncSession | Transaction,
        actor: Actor,
        cause: Cause,
        events: list[Outgoing] | None = None,
    ) -> None:
        self.actor = actor
        self.now: datetime = now()
        self._within = within
        self._rows = Rows(within) if isinstance(within, Transaction) else None
        self._service = service
        self._cause = cause
        self._events: list[Outgoing] = [] if events is None else events

    @property
    def session(self) -> AsyncSession:
        """The SQLAlchemy session, for rows that are not aggregates.

        From the first use on it keeps the aggregates too; a work that never asks for it moves
        them by the driver alone, at a fraction of the cost.
        """
        if not isinstance(self._within, Transaction):
            return self._within
        if self._rows is not None:
            self._rows.hand_over(self._within.session)
            self._rows = None
        return self._within.session

    def _direct(self, kind: type[A]) -> tuple[Rows, Shape] | None:
        shape = None if self._rows is None else shape_of(kind)
        return None if shape is None or self._rows is None else (self._rows, shape)

    async def get(self, kind: type[A], key: object, *, version: int | None = None) -> A:
        """The aggregate, its row locked until the end.

        Raises NotFound when there is none or it is another force's, Stale when its version
        is not the one that the caller last saw.
        """
        found: A | None
        if direct := self._direct(kind):
            found = await direct[0].get(kind, direct[1], key)
        else:
            found = await self.session.get(kind, key, with_for_update=True, populate_existing=True)
        if found is None:
            raise NotFound(f"no such {kind.__name__.lower()}", field=_key_column(kind))
        if version is not None and found.version != version:
            raise Stale(f"version is {found.version}, not {version}", current=found.version)
        return found

    async def get_many(self, kind: type[A], keys: Iterable[Any]) -> dict[Any, A]:
        """The aggregates that exist and are in sight, locked in key order, by key."""
        if direct := self._direct(kind):
            return await direct[0].get_many(kind, direct[1], keys)
        column = inspect(kind).primary_key[0]
        name = inspect(kind).get_property_by_column(column).key
        wanted = select(kind).where(column.in_(list(keys))).order_by(column).with_for_update()
        found = await self.session.scalars(wanted.execution_options(populate_existing=True))
        return {getattr(one, name): one for one in found}

    async def find(self, kind: type[A], *criteria: ColumnExpressionArgument[bool]) -> Sequence[A]:
        """The aggregates that match and are in sight, not locked."""
        return (await self.session.scalars(select(kind).where(*criteria))).all()

    def add(self, aggregate: A) -> A:
        """A new aggregate; its first event makes it version 1."""
        if direct := self._direct(type(aggregate)):
            direct[0].add(aggregate, direct[1])
        else:
            self.session.add(aggregate)
        return aggregate

    def record(self, aggregate: A, event: Event) -> A:
        """Apply what happened and let it go out with this transaction.

        Raises chassis.outbox.InvalidEvent when the event breaks its contract.
        """
        version = aggregate.version + 1
        row = outbox.outgoing(self._service, event, version, self.now, self._cause)
        aggregate.apply(event)
        aggregate.version = version
        self._events.append(row)
        return aggregate

    def record_all(self, aggregate: A, events: Iterable[Event]) -> A:
        for event in events:
            self.record(aggregate, event)
        return aggregate

    async def flush(self) -> None:
        """Send state and events to the database; the transaction's owner commits."""
        await self.finish(())

    async def finish(self, kept: Sequence[Change], *, last: bool = False) -> None:
        """The same with rows to be kept beside them; last: nothing but the commit will follow."""
        if self._rows is not None:
            await self._rows.flush(self._events, kept, last=last)
        else:
            await self.session.flush()
            await outbox.write(await driver(self.session), self._events, kept)
        self._events.clear()


class UnitOfWork:
    """Opens transactions for actors, and tells the relay when one has left events behind."""

    def __init__(self, service: str, database: Database, committed: Callable[[], None]) -> None:
        self._service = service
        self._database = database
        self._committed = committed

    @asynccontextmanager
    async def begin(self, actor: Actor, cause: Cause) -> AsyncIterator[Work]:
        """A transaction that sees the actor's force; commits unless the body raises."""
        started = self.start(actor, cause)
        try:
            yield started.work
            await started.commit()
        except BaseException:
            await started.roll_back()
            raise

    def start(self, actor: Actor, cause: Cause, opening: Opening | None = None) -> "Started":
        """The same to be ended by the caller; opening: what is sent with its begin, if it begins.

        A work that only adds one aggregate never begins: it commits as a single statement.
        """
        scope = scope_of(actor.force_id, national=actor.national)
        transaction = self._database.begin(scope, opening)
        return Started(Work(self._service, transaction, actor, cause), transaction, self._committed)


@dataclass(frozen=True, slots=True)
class Started:
    """A work and its transaction, not yet ended."""

    work: Work
    transaction: Transaction
    _committed: Callable[[], None]

    async def commit(self, *kept: Change) -> None:
        """Write what the work has left, and `kept` with it. On an error, roll back."""
        await point("work.before-flush")
        await self.work.finish(kept, last=True)
        await point("work.after-flush")
        await self.transaction.commit()
        await point("work.after-commit")
        self._committed()

    async def roll_back(self) -> None:
        """Undo it; after a commit there is nothing to undo."""
        await self.transaction.roll_back()


def _key_column(kind: type[object]) -> str:
    return cast(str, inspect(kind).primary_key[0].name)
