"""What is asked of attempts and of the order in which valid ones were handed in."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    bindparam,
    exists,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from assessment.domain.attempt import Attempt, History, State
from assessment.store.tables import attempts, audit, learners, standings
from chassis.database import EVERY_FORCE, FORCE_SETTING
from chassis.work import Work
from npp_contracts.codes import Occasion


def from_row(row: RowMapping) -> Attempt:
    return Attempt(**{str(name): value for name, value in row.items()})


def _sight() -> Select[Any]:
    of_force = select(attempts.c.attempt_id).where(
        attempts.c.learner_id == bindparam("learner_id"),
        attempts.c.blueprint == bindparam("blueprint"),
        attempts.c.occasion == bindparam("occasion"),
        attempts.c.force_id == learners.c.force_id,
    )
    in_state = [
        of_force.where(attempts.c.state == state).limit(1).correlate(learners).scalar_subquery()
        for state in (State.STARTED, State.ABSENT)
    ]
    occasions: list[ColumnElement[Occasion]] = [
        bindparam("occasion"),
        literal(Occasion.FINAL, standings.c.occasion.type),
    ]
    counted = [
        exists(literal(1)).where(
            standings.c.learner_id == bindparam("learner_id"),
            standings.c.blueprint == bindparam("blueprint"),
            standings.c.occasion == at,
            func.cardinality(standings.c.valid) > 0,
        )
        for at in occasions
    ]
    return select(learners.c.force_id, *in_state, *counted).where(
        learners.c.learner_id == bindparam("learner_id")
    )


# Built once: to put such a statement together takes longer than to run it.
_SIGHT: Final = _sight()
_ENTERED: Final = insert(standings)
_APPEND: Final = _ENTERED.on_conflict_do_update(
    index_elements=standings.primary_key,
    set_={"valid": standings.c.valid + _ENTERED.excluded.valid},
)


async def sight(
    session: AsyncSession, learner_id: UUID, blueprint: str, occasion: Occasion
) -> tuple[str, History] | None:
    """The learner's force and history at the blueprint; None for a learner out of sight."""
    about = {"learner_id": learner_id, "blueprint": blueprint, "occasion": occasion}
    row = (await session.execute(_SIGHT, about)).one_or_none()
    return None if row is None else (row[0], History(*row[1:]))


async def append_valid(session: AsyncSession, attempt: Attempt) -> None:
    """Enter an attempt as handed in; the row's lock makes the order the order of commits."""
    entry = {
        "learner_id": attempt.learner_id,
        "blueprint": attempt.blueprint,
        "occasion": attempt.occasion,
        "valid": [attempt.attempt_id],
    }
    await session.execute(_APPEND, entry)


async def remove_valid(session: AsyncSession, attempt: Attempt) -> UUID | None:
    """Strike an attempt out; the one that is first without it, if any."""
    remaining = func.array_remove(standings.c.valid, attempt.attempt_id)
    first: UUID | None = await session.scalar(
        update(standings)
        .where(
            standings.c.learner_id == attempt.learner_id,
            standings.c.blueprint == attempt.blueprint,
            standings.c.occasion == attempt.occasion,
        )
        .values(valid=remaining)
        .returning(standings.c.valid[1])
    )
    return first


async def first_valid(
    session: AsyncSession, blueprint: str, occasion: Occasion, learner_ids: Iterable[UUID]
) -> set[UUID]:
    """The attempts that are their learners' first valid ones; stays true until the commit."""
    found = await session.scalars(
        select(standings.c.valid[1])
        .where(
            standings.c.learner_id.in_(sorted(set(learner_ids))),
            standings.c.blueprint == blueprint,
            standings.c.occasion == occasion,
        )
        .order_by(standings.c.learner_id)
        .with_for_update(read=True)
    )
    return set(found)


async def unreleased(
    session: AsyncSession, blueprint: str, occasion: Occasion, force_id: str | None, limit: int
) -> list[UUID]:
    """Marked attempts whose result nobody knows yet, of one force or (None) of all."""
    wanted = select(attempts.c.attempt_id).where(
        attempts.c.blueprint == blueprint,
        attempts.c.occasion == occasion,
        attempts.c.state == State.SUBMITTED,
    )
    if force_id is not None:
        wanted = wanted.where(attempts.c.force_id == force_id)
    return list(await session.scalars(wanted.order_by(attempts.c.attempt_id).limit(limit)))


@asynccontextmanager
async def every_force(session: AsyncSession) -> AsyncIterator[None]:
    """See all forces' rows for one consequence of a rule; tell the caller nothing of them."""
    setting = {"name": FORCE_SETTING}
    before = await session.scalar(text("SELECT current_setting(:name, true)"), setting)
    await session.execute(_SEE, setting | {"scope": EVERY_FORCE})
    yield
    await session.flush()  # or the update would not find its row under the narrow scope
    await session.execute(_SEE, setting | {"scope": before or ""})


_SEE = text("SELECT set_config(:name, :scope, true)")


async def enter(work: Work, attempt: Attempt, action: str, **detail: int | str) -> None:
    """Say in the audit who did what to an attempt; nothing there is ever changed."""
    await work.flush()
    await work.session.execute(
        insert(audit).values(
            attempt_id=attempt.attempt_id,
            force_id=attempt.force_id,
            action=action,
            detail=detail,
            person=work.actor.person,
            at=work.now,
        )
    )
