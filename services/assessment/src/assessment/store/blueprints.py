"""Published blueprints. They never change, so each process reads each of them once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, RowMapping, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from assessment.domain.blueprint import Blueprint, Item
from assessment.store.tables import blueprints
from npp_contracts.codes import Form

_READ: Final[WeakKeyDictionary[Engine, dict[str, Blueprint]]] = WeakKeyDictionary()


async def find_blueprint(on: AsyncConnection | AsyncSession, code: str) -> Blueprint | None:
    """The blueprint of a code, or None."""
    connection = await on.connection() if isinstance(on, AsyncSession) else on
    read = _READ.setdefault(connection.engine.sync_engine, {})
    if code not in read:
        rows = await connection.execute(select(blueprints).where(blueprints.c.code == code))
        row = rows.mappings().one_or_none()
        if row is None:
            return None
        read[code] = from_row(row)
    return read[code]


def from_row(row: RowMapping) -> Blueprint:
    fields = ("code", "programme_id", "programme_version", "part", "title", "minutes")
    return Blueprint(
        **{name: row[name] for name in fields},
        pass_percent=row["pass_percent"],
        forms={Form(form): _items(items) for form, items in row["forms"].items()},
    )


def _items(items: list[Mapping[str, Any]]) -> tuple[Item, ...]:
    return tuple(Item(each["item"], tuple(each["options"]), each["key"]) for each in items)


async def insert_blueprint(
    session: AsyncSession, blueprint: Blueprint, by: str, at: datetime
) -> bool:
    """Store a blueprint unless its code is taken; whether it was stored."""
    forms = {
        form.value: [
            {"item": each.item, "options": list(each.options), "key": each.key} for each in items
        ]
        for form, items in blueprint.forms.items()
    }
    row = insert(blueprints).values(
        code=blueprint.code,
        programme_id=blueprint.programme_id,
        programme_version=blueprint.programme_version,
        part=blueprint.part,
        title=blueprint.title,
        pass_percent=blueprint.pass_percent,
        minutes=blueprint.minutes,
        forms=forms,
        published_by=by,
        published_at=at,
    )
    stored = row.on_conflict_do_nothing().returning(blueprints.c.code)
    return await session.scalar(stored) is not None
