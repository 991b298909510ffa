"""Sitting an assessment: start, save answers, submit; by the candidate or with an invigilator."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from assessment.commands.blueprints import Command, blueprint_of
from assessment.domain.attempt import Attempt, History, allot
from assessment.domain.blueprint import Blueprint
from assessment.domain.errors import ActorIsCandidate, LearnerUnknown
from assessment.domain.sitting import merge, start, submit
from assessment.store.attempts import append_valid, enter, sight
from chassis.auth import Actor
from chassis.clock import new_id
from chassis.errors import NotFound, Stale
from chassis.work import Work
from npp_contracts.codes import Occasion
from npp_contracts.ids import BlueprintCode

INVIGILATORS: Final = ("force-admin", "assessor")
STAFF: Final = (*INVIGILATORS, "assessment-author")
# Bounds only: what belongs on the form, the form itself says.
Answers = Annotated[
    dict[
        Annotated[str, StringConstraints(max_length=64)],
        Annotated[str, StringConstraints(max_length=200)] | None,
    ],
    Field(max_length=200),
]


class StartAttempt(Command):
    """`extra_minutes`: more time for this person, granted by a force-admin and audited."""

    learner_id: UUID
    blueprint: BlueprintCode
    occasion: Occasion
    extra_minutes: Annotated[int, Field(ge=0, le=240)] = 0


class SaveAnswers(Command):
    """Option by item; what is not named stays, null takes an answer back."""

    attempt_id: UUID
    answers: Answers
    version: int | None = None


class SubmitAttempt(SaveAnswers):
    """Last answers, and the end of the attempt."""

    answers: Answers = Field(default_factory=dict)


async def start_attempt(work: Work, command: StartAttempt) -> tuple[Attempt, Blueprint]:
    work.actor.require("candidate", *INVIGILATORS)
    if command.extra_minutes:
        work.actor.require("force-admin")
        not_candidate(work.actor, command.learner_id)
    blueprint = await blueprint_of(work, command.blueprint)
    force_id, history = await sight_of(
        work, command.learner_id, command.blueprint, command.occasion
    )
    attempt = allot(
        new_id(),
        command.learner_id,
        force_id,
        blueprint,
        command.occasion,
        extra_minutes=command.extra_minutes,
    )
    work.record(work.add(attempt), start(attempt, history, work.now))
    if command.extra_minutes:
        await enter(work, attempt, "extra-time", minutes=command.extra_minutes)
    return attempt, blueprint


async def save_answers(work: Work, command: SaveAnswers) -> tuple[Attempt, Blueprint]:
    work.actor.require("candidate", *INVIGILATORS)
    attempt = await attempt_of(work, command.attempt_id, command.version)
    blueprint = await blueprint_of(work, attempt.blueprint)
    attempt.answers = merge(attempt, blueprint, command.answers, work.now)
    return attempt, blueprint


async def submit_attempt(work: Work, command: SubmitAttempt) -> Attempt:
    """Handed in and marked; the mark stays in this service until its release."""
    work.actor.require("candidate", *INVIGILATORS)
    attempt = await attempt_of(work, command.attempt_id, command.version)
    blueprint = await blueprint_of(work, attempt.blueprint)
    attempt.answers = merge(attempt, blueprint, command.answers, work.now)
    work.record(attempt, submit(attempt, work.now))
    attempt.score_percent = blueprint.mark(attempt.form, attempt.answers).percent
    await append_valid(work.session, attempt)
    return attempt


def not_candidate(actor: Actor, learner_id: UUID) -> None:
    if actor.person == str(learner_id):
        raise ActorIsCandidate


def sees(actor: Actor, learner_id: UUID) -> bool:
    """Staff see the learners of their force, a candidate only themself."""
    return not actor.roles.isdisjoint(STAFF) or actor.person == str(learner_id)


async def sight_of(
    work: Work, learner_id: UUID, blueprint: str, occasion: Occasion
) -> tuple[str, History]:
    """The force and history of a learner whom the caller may see."""
    seen = await sight(work.session, learner_id, blueprint, occasion)
    if seen is None or not (work.actor.acts_for(seen[0]) and sees(work.actor, learner_id)):
        raise LearnerUnknown(field="learner_id")
    return seen


async def attempt_of(work: Work, attempt_id: UUID, version: int | None) -> Attempt:
    """The attempt, locked. Whether it is in sight comes first, then whether it is stale."""
    attempt = await work.get(Attempt, attempt_id)
    if not (work.actor.acts_for(attempt.force_id) and sees(work.actor, attempt.learner_id)):
        raise NotFound("no such attempt", field="attempt_id")
    if version is not None and attempt.version != version:
        raise Stale(f"version is {attempt.version}, not {version}", current=attempt.version)
    return attempt
