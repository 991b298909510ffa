"""Every read model as the log had it at a cut: the same projections, into tables of one moment."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from operator import and_
from typing import Any, Final, Protocol

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from chassis.consumer.ordering import Key, plan
from chassis.consumer.received import Received, understand
from chassis.consumer.sheet import Sheet, page, spans_of
from chassis.consumer.sheet import Span as Sequences
from chassis.database import EVERY_FORCE, Database, driver, is_passing
from chassis.kafka import Place, Record
from chassis.projection import Projection
from chassis.rebuilding import stand_in
from npp_contracts.columns import columns
from reporting.domain.cuts import HAPPENED, Cut
from reporting.domain.errors import LogIncomplete
from reporting.projections import PROJECTIONS
from reporting.projections.tally import STANDING

Span = tuple[int, int]
_NEW: Final = Key()
_TABLES: Final = sorted(
    {table.name for each in PROJECTIONS for table in (*each.tables, *each.shared)}
)
TOPICS: Final = sorted({topic for each in PROJECTIONS for topic in each.topics})
# Whoever consumes has other things to do: some ten milliseconds at a time.
_AT_ONCE: Final = 5_000
# As much of the tables as there is room for is not written out between two batches. Nobody else
# reads at the same time.
_ROOM: Final = "SET LOCAL temp_buffers = '128MB'"
# What could not be applied is counted where the live figures count it.
_DEAD: Final = "CREATE TEMP TABLE dead_letters (closed_at timestamptz) ON COMMIT DROP"
_DIED: Final = text("INSERT INTO dead_letters SELECT NULL FROM generate_series(1, :dead)")
_DATES: Final = {
    kind.type: msgspec.json.Decoder(
        msgspec.defstruct("Happened", [("on", str)], rename={"on": name})
    )
    for kind, name in HAPPENED.items()
}


class Log(Protocol):
    """The topics as they lie, as chassis.kafka.Reader reads them."""

    @property
    def places(self) -> Sequence[Place]: ...
    async def begins(self) -> dict[Place, int]: ...
    async def ends(self) -> dict[Place, int]: ...
    def records(self, spans: Mapping[Place, Span]) -> AsyncIterator[Sequence[Record]]: ...


@dataclass(slots=True)
class _Fold:
    """One projection over one partition: what it knows of each key, and what waits for a gap."""

    projection: Projection
    keys: dict[str, Key] = field(default_factory=dict)
    parked: dict[str, list[Received]] = field(default_factory=dict)
    dead: list[Received] = field(default_factory=list)
    stuck: set[str] = field(default_factory=set)

    async def apply(self, session: AsyncSession, cut: Cut, batch: "_Batch") -> None:
        """Apply what counts of these; what no statement can take is dead, and its key waits."""
        fresh: Sequence[Received] | None = self._at_once(batch)
        if fresh is None:
            fresh = [
                one
                for one in self.next(batch.records)
                if _subject(one) not in self.stuck and _counts(cut, one)
            ]
        if not fresh or await self._applied(session, fresh):
            return
        for one in fresh:
            if _subject(one) not in self.stuck and not await self._applied(session, [one]):
                self.stuck.add(_subject(one))
                self.dead.append(one)

    async def _applied(self, session: AsyncSession, events: Sequence[Received]) -> bool:
        try:
            async with session.begin_nested():
                await self.projection.apply("reporting", session, events)
        except Exception as error:
            if is_passing(error):
                raise
            return False
        return True

    def _at_once(self, batch: "_Batch") -> Sheet | None:
        """What counts of a batch in which every key goes on where it was left; None of another."""
        if batch.said is None or batch.spans is None or not self._go_on(batch.spans):
            return None
        found = page(self.projection, batch.records, batch.said)
        if found is not None:
            self.keys.update(batch.ends)
            handled = [event is not None for event in found.events]
            found = found.only(list(map(and_, handled, batch.counting)))
        return found

    def _go_on(self, spans: Mapping[str, Sequences]) -> bool:
        for name, (first, _) in spans.items():
            key = self.keys.get(name, _NEW)
            if key.sequence != first - 1 or key.blocked is not None or name in self.stuck:
                return False
        return True

    def next(self, records: Sequence[Record]) -> list[Received]:
        """What of these can be applied now, in order, with what had waited for it."""
        received = [understand(self.projection, record) for record in records]
        fresh = list[Received]()
        while received:
            names = {_subject(one) for one in received}
            known = {name: self.keys[name] for name in names if name in self.keys}
            planned = plan(received, known)
            self.keys.update(planned.changed)
            fresh += planned.applied
            self.dead += planned.dead
            for each in planned.parked:
                self.parked.setdefault(_subject(each), []).append(each)
            received = [one for name in planned.released for one in self._waiting(name)]
        return fresh

    def _waiting(self, name: str) -> list[Received]:
        key = self.keys[name]
        key.blocked = None
        waiting = self.parked.pop(name, [])
        return sorted(waiting, key=lambda one: one.envelope.sequence if one.envelope else 0)


class _Batch:
    """Some records of a partition, understood once for all projections as far as that is alike.

    said: None where anything in it must be looked at one by one. counting: which are in the cut.
    """

    def __init__(self, cut: Cut, records: Sequence[Record]) -> None:
        self.records = records
        self.said = columns(records)
        self.spans = None if self.said is None else spans_of(self.said)
        self.ends = {name: Key(last) for name, (_, last) in (self.spans or {}).items()}
        self.counting: list[bool] = []
        if self.said is not None and self.spans is not None:
            told = zip(self.said.types, self.said.times, records, strict=True)
            try:
                self.counting = [_in_cut(cut, kind, at, each.value) for kind, at, each in told]
            except ValueError:  # no day of any calendar
                self.said = None


@asynccontextmanager
async def alone(database: Database) -> AsyncIterator[AsyncSession]:
    """A transaction on a connection that has never been used, and never will be again.

    A statement that a connection has prepared finds its tables where it found them first: where
    tables stand in for others, these must never be the live ones.
    """
    url = database.engine.url.render_as_string(hide_password=False)
    own = Database(url, scope=EVERY_FORCE, size=1)
    try:
        async with own.session() as session:
            yield session
    finally:
        await own.close()


async def replay(session: AsyncSession, log: Log, cut: Cut, ends: Mapping[Place, int]) -> int:
    """Put read models as of the cut in front of the live ones, until the transaction ends.

    From the log's first event up to before `ends`. Returns how many events could not be applied.
    Raises LogIncomplete.
    """
    await _expect_whole(log, ends)
    driven = await driver(session)
    await driven.execute(_ROOM)
    await stand_in(driven, PROJECTIONS, beside=STANDING)
    await driven.execute(_DEAD)
    dead = 0
    for place in sorted(ends):
        # One partition after the other: keys live in one, and are forgotten with it.
        folds = [_Fold(replace(e, live={})) for e in PROJECTIONS if place[0] in e.topics]
        async for records in log.records({place: (0, ends[place])}):
            for start in range(0, len(records), _AT_ONCE):
                batch = _Batch(cut, records[start : start + _AT_ONCE])
                for fold in folds:
                    await fold.apply(session, cut, batch)
        dead += sum(_counts(cut, one) for fold in folds for one in fold.dead)
    connection = await session.connection()
    await connection.execute(_DIED, {"dead": dead})
    await _analyse(connection)
    return dead


async def _expect_whole(log: Log, ends: Mapping[Place, int]) -> None:
    begins, there = await log.begins(), await log.ends()
    for place, end in ends.items():
        if end and (begins.get(place) != 0 or there.get(place, 0) < end):
            name = f"{place[0]}/{place[1]}"
            raise LogIncomplete(name, partition=name, wanted=[0, end])


def _subject(one: Received) -> str:
    # What has no key comes next to nothing, and nothing waits for it.
    return "" if one.envelope is None else one.envelope.subject


def _counts(cut: Cut, one: Received) -> bool:
    if one.envelope is None:
        return True
    return _in_cut(cut, one.envelope.type, one.envelope.time, one.envelope.data)


def _in_cut(cut: Cut, kind: str, recorded_at: datetime | str, data: bytes | None) -> bool:
    at = datetime.fromisoformat(recorded_at) if isinstance(recorded_at, str) else recorded_at
    return cut.has(at, at.date() if cut.about is None else _happened(kind, at, data))


def _happened(kind: str, at: datetime, data: bytes | None) -> date:
    recorded = at.astimezone(UTC).date()
    decoder = _DATES.get(kind)
    if decoder is None or data is None:
        return recorded
    try:
        said: Any = decoder.decode(data)
        return _day(said.on)
    except (msgspec.DecodeError, ValueError):
        return recorded  # it is a dead letter in any case


def _day(written: str) -> date:
    if "T" in written:
        return datetime.fromisoformat(written).astimezone(UTC).date()
    return date.fromisoformat(written)


async def _analyse(connection: AsyncConnection) -> None:
    # The server knows nothing of temporary tables until it is told.
    for table in _TABLES:
        await connection.execute(text(f"ANALYZE {table}"))
