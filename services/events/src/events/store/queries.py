"""The reads that decisions need, and the scope that they are made in."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, and_, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import NATIONAL, Actor
from chassis.database import EVERY_FORCE, FORCE_SETTING
from events.domain.place import Place, PlaceState
from events.domain.session import Session
from events.store.tables import learners, modules, places, sessions

_LIVE = places.c.state != PlaceState.CANCELLED


def in_sight(force: Column[Any], actor: Actor) -> ColumnElement[bool]:
    """The query layer's half of force scope; row-level security is the other."""
    return true() if actor.national else or_(force == actor.force_id, force == NATIONAL)


async def force_of_learners(
    session: AsyncSession, actor: Actor, wanted: Collection[UUID]
) -> dict[UUID, str]:
    """The force of each learner in sight, held still so that no transfer overtakes a booking."""
    found = await session.execute(
        select(learners.c.learner_id, learners.c.force_id)
        .where(learners.c.learner_id.in_(wanted), in_sight(learners.c.force_id, actor))
        .order_by(learners.c.learner_id)
        .with_for_update(read=True)
    )
    return {row.learner_id: row.force_id for row in found}


async def place_learner(
    session: AsyncSession, learner_id: UUID, force_id: str, sequence: int
) -> None:
    """Say which force a learner belongs to, unless something newer is known; locks the row."""
    row = insert(learners).values(learner_id=learner_id, force_id=force_id, sequence=sequence)
    newer = {"force_id": row.excluded.force_id, "sequence": row.excluded.sequence}
    older = learners.c.sequence < row.excluded.sequence
    await session.execute(
        row.on_conflict_do_update(index_elements=["learner_id"], set_=newer, where=older)
    )


async def live_places(
    session: AsyncSession,
    actor: Actor,
    session_id: UUID,
    learner_ids: Collection[UUID] | None = None,
) -> Sequence[Place]:
    """Places that are booked or waiting; the session's row lock keeps them so."""
    seen = in_sight(places.c.force_id, actor)
    query = select(Place).where(places.c.session_id == session_id, _LIVE, seen)
    if learner_ids is not None:
        query = query.where(places.c.learner_id.in_(learner_ids))
    return (await session.scalars(query.order_by(places.c.place_id))).all()


async def first_in_line(session: AsyncSession, session_id: UUID, count: int) -> Sequence[Place]:
    waiting = places.c.state == PlaceState.WAITLISTED
    query = select(Place).where(places.c.session_id == session_id, waiting)
    return (await session.scalars(query.order_by(places.c.position).limit(count))).all()


async def session_of(session: AsyncSession, actor: Actor, place_id: UUID) -> UUID | None:
    """The session of a place in sight, which is to be locked before the place."""
    seen = in_sight(places.c.force_id, actor)
    query = select(places.c.session_id).where(places.c.place_id == place_id, seen)
    return await session.scalar(query)


async def upcoming(session: AsyncSession, learner_id: UUID) -> list[tuple[UUID, UUID]]:
    """Session and place of each place of a learner that lies ahead, in the order of locking."""
    found = await session.execute(
        select(places.c.session_id, places.c.place_id)
        .join(sessions, sessions.c.session_id == places.c.session_id)
        .where(places.c.learner_id == learner_id, _LIVE, places.c.attendance.is_(None))
        .where(sessions.c.starts_at > func.now())
        .order_by(places.c.session_id)
    )
    return [(row.session_id, row.place_id) for row in found]


async def overlaps(
    session: AsyncSession, about: Session, learner_ids: Collection[UUID]
) -> dict[UUID, list[UUID]]:
    """Other sessions at the same time at which these learners have places, by learner."""
    found = await session.execute(
        select(places.c.learner_id, places.c.session_id)
        .join(sessions, sessions.c.session_id == places.c.session_id)
        .where(places.c.learner_id.in_(learner_ids), _LIVE)
        .where(
            and_(
                sessions.c.session_id != about.session_id,
                sessions.c.starts_at < about.ends_at,
                sessions.c.ends_at > about.starts_at,
            )
        )
        .order_by(sessions.c.starts_at)
    )
    clashes: dict[UUID, list[UUID]] = {}
    for row in found:
        clashes.setdefault(row.learner_id, []).append(row.session_id)
    return clashes


async def modules_of(session: AsyncSession, programme_id: str) -> set[str]:
    """The modules of every version of a programme; none when it is not known here yet."""
    query = select(modules.c.module).where(modules.c.programme_id == programme_id)
    return set((await session.scalars(query)).all())


@asynccontextmanager
async def every_force(session: AsyncSession) -> AsyncIterator[None]:
    """For the steps of a rule that hold across forces, such as who is first in line.

    What is changed inside is written inside; nothing of it may be shown to the caller.
    """
    before = await session.scalar(_SCOPE)
    await session.execute(_SET_SCOPE, {"scope": EVERY_FORCE})
    yield
    await session.flush()
    await session.execute(_SET_SCOPE, {"scope": before})


_SCOPE = text(f"SELECT current_setting('{FORCE_SETTING}')")
_SET_SCOPE = text(f"SELECT set_config('{FORCE_SETTING}', :scope, true)")
