"""Aggregates as rows, moved by the driver with statements that are compiled once for each class."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, Final, TypeAlias

import asyncpg
from sqlalchemy import (
    ARRAY,
    Column,
    Float,
    Table,
    any_,
    bindparam,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ColumnProperty, Mapper, make_transient_to_detached

from chassis import outbox
from chassis.database import Driver
from chassis.outbox import Change, Outgoing
from chassis.transaction import Transaction

_FLOAT8: Final = 701
_NUMERIC: Final = 1700
_DIALECT: Final = dialect()  # type: ignore[no-untyped-call]
# Parameters of a statement: values to write, values that the row must still have.
_NEW: Final = "new_"
_WAS: Final = "was_"

Convert: TypeAlias = Callable[[Any], Any] | None
Values: TypeAlias = dict[str, Any]
# SQL, and for each of its parameters whether it is an old value, and of which attribute.
Compiled: TypeAlias = tuple[str, Sequence[tuple[bool, str]]]


class RowGone(Exception):
    """A locked row was changed or taken out of sight by other means than its aggregate."""


class Shape:
    """A mapped class that is nothing but one table's columns: its statements and conversions."""

    def __init__(self, mapper: Mapper[Any], table: Table) -> None:
        self._mapper = mapper
        self._table = table
        self._columns = {mapper.get_property_by_column(c).key: c for c in mapper.columns}
        key = mapper.primary_key[0]
        self.key = mapper.get_property_by_column(key).key
        self._read = [(n, _reading(c)) for n, c in self._columns.items()]
        self._bind = {n: _binding(c) for n, c in self._columns.items()}
        rows = select(*self._columns.values()).with_for_update()
        self.one = _compiled(rows.where(key == bindparam(_WAS)))[0]
        keys = bindparam(_WAS, type_=ARRAY(key.type))
        self.many = _compiled(rows.where(key == any_(keys)).order_by(key))[0]
        self._insert = _compiled(insert(table).inline().values(self._new(self._columns)))
        self._updates: dict[tuple[str, ...], Compiled] = {}

    def bound(self, name: str, value: Any) -> Any:
        """An attribute's value as the driver takes it."""
        convert = self._bind[name]
        return value if convert is None else convert(value)

    def made(self, row: asyncpg.Record) -> Any:
        """The object of a row, as SQLAlchemy would have made it."""
        found = self._mapper.class_manager.new_instance()
        found.__dict__.update(
            (name, value if convert is None else convert(value))
            for (name, convert), value in zip(self._read, row, strict=True)
        )
        make_transient_to_detached(found)
        return found

    def values(self, aggregate: object) -> Values:
        """Its attributes that are columns, as they are now."""
        given = aggregate.__dict__
        return {name: given.get(name) for name in self._columns}

    def change(self, before: Values | None, now: Values) -> tuple[str, list[Any]] | None:
        """SQL and parameters that bring the row from `before` (None: there is none) to `now`."""
        if before is None:
            sql, order = self._insert
        else:
            changed = tuple(n for n in now if now[n] is not before[n] and bool(now[n] != before[n]))
            if not changed:
                return None
            sql, order = self._updates.get(changed) or self._updating(changed)
        sources = (now, before or now)
        return sql, [self.bound(name, sources[old][name]) for old, name in order]

    def _updating(self, changed: tuple[str, ...]) -> Compiled:
        guards = [
            self._columns[name] == bindparam(_WAS + name, type_=self._columns[name].type)
            for name in (self.key, "version")
        ]
        written = self._new({name: self._columns[name] for name in changed})
        made = _compiled(update(self._table).where(*guards).values(written))
        self._updates[changed] = made
        return made

    def _new(self, columns: dict[str, Column[Any]]) -> dict[str, Any]:
        return {c.name: bindparam(_NEW + n, type_=c.type) for n, c in columns.items()}


@cache
def shape_of(kind: type[object]) -> Shape | None:
    """The class's shape; None for one that needs more of SQLAlchemy than reading columns."""
    mapper = inspect(kind)
    table = mapper.local_table
    plain = (
        isinstance(table, Table)
        and mapper.inherits is None
        and mapper.polymorphic_on is None
        and mapper.version_id_col is None
        and len(mapper.primary_key) == 1
        and table.autoincrement_column is None
        and "version" in mapper.column_attrs
        and all(_is_plain(attribute) for attribute in mapper.attrs)
        and not any(_in_python(c.default) or _in_python(c.onupdate) for c in table.columns)
    )
    return Shape(mapper, table) if plain and isinstance(table, Table) else None


def _is_plain(attribute: Any) -> bool:
    if not isinstance(attribute, ColumnProperty) or attribute.deferred:
        return False
    column = attribute.columns[0]
    return len(attribute.columns) == 1 and not any(
        (column.default, column.onupdate, column.server_default, column.server_onupdate)
    )


def _in_python(default: Any) -> bool:
    return default is not None and not default.is_clause_element


def _compiled(statement: Any) -> Compiled:
    made = statement.compile(dialect=_DIALECT)
    names = made.positiontup or ()
    return str(made), [(name.startswith(_WAS), name[len(_NEW) :]) for name in names]


def _binding(column: Column[Any]) -> Convert:
    convert: Convert = column.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    return convert


def _reading(column: Column[Any]) -> Convert:
    kind = column.type.dialect_impl(_DIALECT)
    # Only numbers ask for what the server calls their type.
    oid = _FLOAT8 if isinstance(kind, Float) else _NUMERIC
    convert: Convert = kind.result_processor(_DIALECT, oid)
    return convert


@dataclass(slots=True)
class _Held:
    aggregate: Any
    shape: Shape
    before: Values | None


class Rows:
    """The aggregates of one transaction, each loaded and locked once or made in it."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._held: list[_Held] = []
        self._known: dict[tuple[type, Any], Any] = {}

    async def get(self, kind: type, shape: Shape, key: Any) -> Any | None:
        """The aggregate, its row locked; None when there is none in sight."""
        if (known := self._known.get((kind, key))) is not None:
            return known
        connection = await self._transaction.open()
        row = await connection.fetchrow(shape.one, shape.bound(shape.key, key))
        return None if row is None else self._loaded(kind, shape, row)

    async def get_many(self, kind: type, shape: Shape, keys: Iterable[Any]) -> dict[Any, Any]:
        """Those in sight by key, locked in the order of their keys."""
        bound = [shape.bound(shape.key, key) for key in keys]
        rows = await (await self._transaction.open()).fetch(shape.many, bound)
        found = [self._loaded(kind, shape, row) for row in rows]
        return {getattr(one, shape.key): one for one in found}

    def add(self, aggregate: Any, shape: Shape) -> None:
        """Hold a new aggregate, to be inserted."""
        known = self._known.setdefault((type(aggregate), getattr(aggregate, shape.key)), aggregate)
        if known is not aggregate or not any(h.aggregate is aggregate for h in self._held):
            self._held.append(_Held(aggregate, shape, None))

    def _loaded(self, kind: type, shape: Shape, row: asyncpg.Record) -> Any:
        made = shape.made(row)
        known = self._known.setdefault((kind, getattr(made, shape.key)), made)
        if known is made:
            self._held.append(_Held(made, shape, shape.values(made)))
        return known

    async def flush(
        self, events: Sequence[Outgoing], kept: Sequence[Change] = (), *, last: bool = False
    ) -> None:
        """Write what has changed, in the order in which it came here, the events, and `kept`.

        last: if one statement does it and nothing has begun, it may commit by itself.
        """
        changes = []
        for held in self._held:
            now = held.shape.values(held.aggregate)
            if (change := held.shape.change(held.before, now)) is not None:
                changes.append(change)
            held.before = now
        if len(changes) == len(events) == 1:
            alone = last and not self._transaction.begun
            connection = await (self._transaction.connect() if alone else self._transaction.open())
            if not await outbox.write(connection, events, [*changes, *kept]):
                raise RowGone(changes[0][0])
        elif changes or events or kept:
            connection = await self._transaction.open()
            for sql, group in groupby(changes, key=lambda change: change[0]):
                await _write(connection, sql, [parameters for _, parameters in group])
            await outbox.write(connection, events, kept)

    def hand_over(self, session: AsyncSession) -> None:
        """Let a session go on with the aggregates, with what has changed in them so far."""
        for held in self._held:
            if held.before is not None and inspect(held.aggregate).transient:
                make_transient_to_detached(held.aggregate)
            session.add(held.aggregate)
        self._held.clear()


async def _write(connection: Driver, sql: str, parameters: list[list[Any]]) -> None:
    if len(parameters) > 1:
        await connection.executemany(sql, parameters)
    elif (await connection.execute(sql, *parameters[0])).endswith(" 0"):
        raise RowGone(sql)
