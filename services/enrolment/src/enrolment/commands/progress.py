"""Counting achievements: each goes to every enrolment it belongs to, or waits for one."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis.work import Work
from enrolment.domain.enrolment import Enrolment, complete_modules, has_place_for
from enrolment.domain.fact import Fact, Kind
from enrolment.domain.programme import Edition
from enrolment.domain.progress import settle
from enrolment.store import locks
from enrolment.store.progress import catalogue_of, enrolments_of, keep


async def count(work: Work, achieved: Mapping[UUID, Sequence[Fact]]) -> None:
    """Count many learners' achievements, with one lock and one query each for all of them."""
    await locks.share_progress(work.session)
    await locks.hold_learners(work.session, achieved.keys())
    await _count(work, achieved)


async def count_alone(work: Work, learner_id: UUID, fact: Fact) -> None:
    """Count one, in a flow's transaction, which nobody enrols or counts beside."""
    await locks.own_progress(work.session)
    await _count(work, {learner_id: [fact]})


async def _count(work: Work, achieved: Mapping[UUID, Sequence[Fact]]) -> None:
    catalogue = await catalogue_of(work.session)
    found = await enrolments_of(work.session, achieved.keys())
    waiting: list[tuple[UUID, Fact]] = []
    for learner_id, facts in achieved.items():
        placed: set[Fact] = set()
        for enrolment in found.get(learner_id, ()):
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
