"""Projections: read models kept by set-based statements, one run per batch and statement."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Any, Final

import msgspec
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer.received import Received, Unreadable
from chassis.consumer.sheet import Sheet
from chassis.database import driver
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event

# How a column of each SQL type travels: decoded as, sent as. Ids and times stay text and are
# cast by PostgreSQL, which is several times cheaper than building Python objects.
_TRAVEL: Final[dict[str, tuple[Any, str]]] = {
    "bigint": (int, "bigint"),
    "integer": (int, "bigint"),
    "smallint": (int, "bigint"),
    "boolean": (bool, "boolean"),
    "numeric": (float, "double precision"),
    "double precision": (float, "double precision"),
    "jsonb": (msgspec.Raw, "text"),
}
_TEXT: Final = (str, "text")
_ENVELOPE: Final = {"event_id", "sequence", "time"}

APART: Final = {"npp.apart": True}
"""`Column(info=APART)`: two generations may differ in it by nature, so it is not compared."""
RISES: Final = {"npp.rises": True}
"""`Column(info=RISES)`: what readers take for a version: its sum over the rows that are the
same but for what is APART rises when a generation takes the place of another."""
EARLIER: Final = {"npp.earlier": True}
"""`Column(info=EARLIER)` of a shared table: when it was done first; a generation that does it
again has not done it later. Rows are the same by their primary key, but for what is APART."""
_WITH = re.compile(r"\s*WITH\s", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
    """One SQL statement over `fresh`: a batch's events of one type, each seen for the first time.

    columns: the columns of `fresh` with their SQL types, "learner_id uuid, completed_on date":
    fields of the payload by name, and event_id (uuid), sequence (bigint), time (timestamptz, when
    it was recorded) of the envelope. sql: sees them as the table `fresh`; must read its rows in
    the order of the key it writes, since two batches that lock in different orders deadlock.
    """

    columns: str
    sql: str

    @cached_property
    def names(self) -> list[str]:
        return [column.split()[0] for column in self._split]

    @cached_property
    def kinds(self) -> list[str]:
        return [" ".join(column.split()[1:]).lower() for column in self._split]

    @property
    def _split(self) -> list[str]:
        return [column.strip() for column in self.columns.split(",")]

    @cached_property
    def prepared(self) -> str:
        """The statement as it is sent, with one array parameter per column."""
        sent = (_TRAVEL.get(kind, _TEXT)[1] for kind in self.kinds)
        arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(sent, 1))
        cast = ", ".join(f"{n}::{k} AS {n}" for n, k in zip(self.names, self.kinds, strict=True))
        names = ", ".join(self.names)
        # The names come from the projection's own code, never from an event.
        head = f"WITH fresh AS (SELECT {cast} FROM unnest({arrays}) AS t ({names}))"  # noqa: S608
        if opening := _WITH.match(self.sql):
            return f"{head}, {self.sql[opening.end() :]}"
        return f"{head} {self.sql}"


@dataclass(frozen=True)
class Projection:
    """A consumer group that keeps read models; replayable alone, from the first event.

    group: `<service>.<projection>`. tables: what it owns, filled anew by a rebuild. on: for each
    event class its statements; within a batch all of one type run before those of the next, so
    what depends on the order within a key compares `sequence`. shared: what it keeps rows in
    beside others, with its group in the column consumer_group. Statements touch nothing else. live:
    what is done beyond the read models, after them, and never for a copy of them.
    """

    group: str
    tables: Sequence[Table]
    on: Mapping[type[Event], Sequence[Statement]]
    shared: Sequence[Table] = ()
    live: Mapping[type[Event], Sequence[Statement]] = field(default_factory=dict)
    _decoders: dict[str, "msgspec.json.Decoder[Any]"] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for kind, statements in self.on.items():
            every = (*statements, *self.live.get(kind, ()))
            needed = {n: k for s in every for n, k in zip(s.names, s.kinds, strict=True)}
            fields = [
                (name, _decoded(_TRAVEL.get(sql, _TEXT)[0]), None)
                for name, sql in needed.items()
                if name not in _ENVELOPE
            ]
            shape = msgspec.defstruct(f"{kind.__name__}Row", fields, gc=False)
            self._decoders[kind.type] = msgspec.json.Decoder(shape)

    @property
    def topics(self) -> Sequence[str]:
        return sorted({kind.topic.name for kind in self.on})

    @property
    def types(self) -> frozenset[str]:
        return frozenset(self._decoders)

    def decode(self, envelope: Envelope) -> Any:
        """The fields that the statements name, unvalidated beyond their JSON type."""
        try:
            return self._decoders[envelope.type].decode(envelope.data)
        except msgspec.DecodeError as broken:
            raise Unreadable(str(broken)) from broken

    def reader(self, kind: str) -> Callable[[bytes], Any] | None:
        """As decode(), for a whole batch of the type."""
        known = self._decoders.get(kind)
        return None if known is None else known.decode

    async def apply(self, service: str, session: AsyncSession, events: Sequence[Received]) -> None:
        """Run each type's statements once over all its events."""
        connection = await driver(session)
        for kind, statements in self.on.items():
            if isinstance(events, Sheet):
                rows: Sequence[Received] = events.handled(kind.type)
            else:
                rows = [one for one in events if one.envelope and one.envelope.type == kind.type]
            if rows:
                for statement in (*statements, *self.live.get(kind, ())):
                    arrays = [_column(rows, name) for name in statement.names]
                    await connection.execute(statement.prepared, *arrays)


def marked(table: Table, mark: Mapping[str, bool]) -> set[str]:
    """The columns of a table that APART, RISES or EARLIER is said of."""
    return {each.name for each in table.columns if mark.items() <= each.info.items()}


def _decoded(kind: Any) -> Any:
    # Raw takes a null as it is; in a union msgspec forgets it and refuses all but null.
    return kind if kind is msgspec.Raw else kind | None


def _column(rows: Sequence[Received], name: str) -> Sequence[Any]:
    if not isinstance(rows, Sheet):
        return [_value(one, name) for one in rows]
    if name in _ENVELOPE:
        said = rows.said
        of: dict[str, Sequence[Any]] = {"event_id": said.ids, "time": said.times}
        return of.get(name, said.sequences)
    values = list(map(attrgetter(name), rows.events))
    return list(map(_plain, values)) if msgspec.Raw in set(map(type, values)) else values


def _value(one: Received, name: str) -> Any:
    if name in _ENVELOPE and one.envelope is not None:
        if name == "sequence":
            return one.envelope.sequence
        return str(one.envelope.id) if name == "event_id" else one.envelope.time.isoformat()
    return _plain(getattr(one.event, name))


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Raw):
        text = bytes(value).decode()
        return None if text == "null" else text
    return value
