"""The lists and single rows that the API shows, always within the caller's force."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.auth import Actor
from events.store.queries import in_sight
from events.store.tables import places, sessions

Rows = Sequence[Mapping[Any, Any]]


async def session_list(
    connection: AsyncConnection,
    actor: Actor,
    wanted: Sequence[ColumnElement[bool]],
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Rows:
    """Sessions by their start, then by id."""
    order = (sessions.c.starts_at, sessions.c.session_id)
    query = select(sessions).where(in_sight(sessions.c.force_id, actor), *wanted)
    if after is not None:
        query = query.where(tuple_(*order) > after)
    return (await connection.execute(query.order_by(*order).limit(limit))).mappings().all()


async def session_row(
    connection: AsyncConnection, actor: Actor, session_id: UUID
) -> Mapping[Any, Any] | None:
    seen = in_sight(sessions.c.force_id, actor)
    query = select(sessions).where(sessions.c.session_id == session_id, seen)
    return (await connection.execute(query)).mappings().one_or_none()


async def place_list(
    connection: AsyncConnection,
    actor: Actor,
    wanted: Sequence[ColumnElement[bool]],
    after: UUID | None,
    limit: int,
) -> Rows:
    """Places by id, which is the order in which they were made."""
    query = select(places).where(in_sight(places.c.force_id, actor), *wanted)
    if after is not None:
        query = query.where(places.c.place_id > after)
    ordered = query.order_by(places.c.place_id).limit(limit)
    return (await connection.execute(ordered)).mappings().all()


async def last_place(
    connection: AsyncConnection, actor: Actor, session_id: UUID, learner_id: UUID
) -> Mapping[Any, Any] | None:
    """The latest place of a learner at a session, given up or not."""
    query = (
        select(places)
        .where(places.c.session_id == session_id, places.c.learner_id == learner_id)
        .where(in_sight(places.c.force_id, actor))
        .order_by(places.c.place_id.desc())
        .limit(1)
    )
    return (await connection.execute(query)).mappings().one_or_none()
