"""Counting achievements: each goes to every enrolment it belongs to, or waits for one."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.work import Work
from enrolment.domain.enrolment import Enrolment, complete_modules, has_place_for
from enrolment.domain.fact import Fact, Kind
from enrolment.domain.programme import Edition
from enrolment.domain.progress import settle
from enrolment.store import locks
from enrolment.store.progress import catalogue_of, enrolments_of, keep

_HELD: Final = "enrolment.held"


async def count(work: Work, achieved: Mapping[UUID, Sequence[Fact]]) -> None:
    """Count many learners' achievements, with one lock and one query each for all of them."""
    await hold(work.session, achieved.keys())
    await count_held(work, achieved)


async def hold(session: AsyncSession, learner_ids: Collection[UUID]) -> None:
    """Lock these learners and their enrolments until the end, in the order that everybody keeps."""
    await locks.hold_learners(session, learner_ids)
    session.info[_HELD] = await enrolments_of(session, learner_ids)


async def count_held(work: Work, achieved: Mapping[UUID, Sequence[Fact]]) -> None:
    """Count for learners that this transaction holds."""
    catalogue = await catalogue_of(work.session)
    held: Mapping[UUID, Sequence[Enrolment]] = work.session.info[_HELD]
    waiting: list[tuple[UUID, Fact]] = []
    for learner_id, facts in achieved.items():
        placed: set[Fact] = set()
        for enrolment in held.get(learner_id, ()):
            edition = catalogue.edition(enrolment.programme_id, enrolment.programme_version)
            placed |= advance(work, enrolment, edition, facts)
        waiting += [(learner_id, fact) for fact in facts if fact not in placed]
    await keep(work.session, waiting)


def advance(work: Work, enrolment: Enrolment, edition: Edition, facts: Sequence[Fact]) -> set[Fact]:
    """Let an enrolment go on by what is new to it; returns the facts that have a place in it."""
    placed = {fact for fact in facts if has_place_for(enrolment, edition, fact)}
    work.record_all(enrolment, complete_modules(enrolment, edition, facts))
    for fact in facts:
        if fact.kind is not Kind.MODULE and fact in placed:
            enrolment.take(fact)
    work.record_all(enrolment, settle(enrolment, edition))
    return placed
