"""Results: released in bulk, absences recorded, attempts voided."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from assessment.commands.blueprints import Command, blueprint_of
from assessment.commands.sitting import INVIGILATORS, attempt_of, not_candidate, sight_of
from assessment.domain.attempt import Attempt, State, allot
from assessment.domain.results import VoidReason, miss, promote, release, void
from assessment.store.attempts import enter, every_force, first_valid, remove_valid, unreleased
from chassis.clock import new_id
from chassis.work import Work
from npp_contracts.codes import Occasion
from npp_contracts.ids import BlueprintCode

CHUNK: Final = 1_000


class ReleaseResults(Command):
    """All marked and unreleased results of the caller's force, or of all for a national caller."""

    blueprint: BlueprintCode
    occasion: Occasion


class RecordAbsence(Command):
    learner_id: UUID
    blueprint: BlueprintCode
    occasion: Occasion


class VoidAttempt(Command):
    attempt_id: UUID
    reason: VoidReason
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """How far one step of a release came; `last` when nothing was left beyond it."""

    released: int
    last: bool


async def release_results(work: Work, command: ReleaseResults) -> Chunk:
    """Release up to CHUNK results; call again until the last, each in its own transaction."""
    work.actor.require("assessment-author", "force-admin")
    blueprint = await blueprint_of(work, command.blueprint)
    about = (command.blueprint, command.occasion)
    force_id = None if work.actor.national else work.actor.force_id
    keys = await unreleased(work.session, *about, force_id, CHUNK)
    locked = await work.get_many(Attempt, keys)
    marked = [each for each in locked.values() if each.state is State.SUBMITTED]
    firsts = await first_valid(work.session, *about, (each.learner_id for each in marked))
    for attempt in marked:
        first = attempt.attempt_id in firsts
        work.record(attempt, release(attempt, blueprint, first=first)).released_at = work.now
    return Chunk(len(marked), last=len(keys) < CHUNK)


async def record_absence(work: Work, command: RecordAbsence) -> Attempt:
    work.actor.require(*INVIGILATORS)
    not_candidate(work.actor, command.learner_id)
    blueprint = await blueprint_of(work, command.blueprint)
    force_id, history = await sight_of(
        work, command.learner_id, command.blueprint, command.occasion
    )
    attempt = allot(new_id(), command.learner_id, force_id, blueprint, command.occasion)
    work.record(work.add(attempt), miss(attempt, history)).released_at = work.now
    await enter(work, attempt, "absence")
    return attempt


async def void_attempt(work: Work, command: VoidAttempt) -> Attempt:
    """The next valid attempt counts in its place, in whichever force it was sat."""
    work.actor.require("force-admin", "assessment-author")
    attempt = await attempt_of(work, command.attempt_id, command.version)
    not_candidate(work.actor, attempt.learner_id)
    work.record(attempt, void(attempt)).released_at = work.now
    await enter(work, attempt, "void", reason=command.reason.value)
    following = await remove_valid(work.session, attempt)
    if following is not None:
        await _promote(work, following)
    return attempt


async def _promote(work: Work, attempt_id: UUID) -> None:
    async with every_force(work.session):
        attempt = await work.get(Attempt, attempt_id)
        result = promote(attempt)
        if result is not None:
            work.record(attempt, result).released_at = work.now
