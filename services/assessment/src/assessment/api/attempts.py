"""Routes of attempts: start, answer, submit, void, and what is known of one."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from assessment.api.views import AttemptView, AuditEntry
from assessment.commands.blueprints import Command
from assessment.commands.results import VoidAttempt, void_attempt
from assessment.commands.sitting import (
    INVIGILATORS,
    Answers,
    SaveAnswers,
    StartAttempt,
    SubmitAttempt,
    save_answers,
    start_attempt,
    submit_attempt,
)
from assessment.domain.attempt import Attempt
from assessment.domain.results import VoidReason
from assessment.store.attempts import from_row
from assessment.store.blueprints import find_blueprint
from assessment.store.tables import attempts, audit
from chassis.auth import Actor
from chassis.errors import NotFound
from chassis.http import Commands, IfMatch, Queries, etag

READERS: Final = (
    *INVIGILATORS,
    "assessment-author",
    "force-analyst",
    "line-manager",
    "national-admin",
    "national-analyst",
    "moderator",
)

router = APIRouter(prefix="/attempts", tags=["attempts"])


class AnswersBody(Command):
    answers: Answers


class SubmitBody(Command):
    answers: Answers = Field(default_factory=dict)


class VoidBody(Command):
    reason: VoidReason


@router.post("", status_code=201)
async def start(body: StartAttempt, run: Commands, response: Response) -> AttemptView:
    attempt, blueprint = await run(start_attempt, body)
    response.headers["Location"] = f"/attempts/{attempt.attempt_id}"
    return _tagged(response, AttemptView.of(attempt, blueprint))


@router.get("/{attempt_id}")
async def show(attempt_id: UUID, query: Queries, response: Response) -> AttemptView:
    query.actor.require("candidate", *READERS)
    async with query() as connection:
        attempt = await find_attempt(connection, query.actor, attempt_id)
        sits = str(attempt.learner_id) == query.actor.person
        invigilates = not query.actor.roles.isdisjoint(INVIGILATORS)
        shown = sits or invigilates
        blueprint = await find_blueprint(connection, attempt.blueprint) if shown else None
    return _tagged(response, AttemptView.of(attempt, blueprint))


@router.put("/{attempt_id}/answers")
async def answer(
    attempt_id: UUID, body: AnswersBody, run: Commands, version: IfMatch, response: Response
) -> AttemptView:
    command = SaveAnswers(attempt_id=attempt_id, answers=body.answers, version=version)
    return _tagged(response, AttemptView.of(*await run(save_answers, command)))


@router.post("/{attempt_id}/submit")
async def submit(
    attempt_id: UUID,
    run: Commands,
    version: IfMatch,
    response: Response,
    body: SubmitBody | None = None,
) -> AttemptView:
    answers = body.answers if body is not None else {}
    command = SubmitAttempt(attempt_id=attempt_id, answers=answers, version=version)
    return _tagged(response, AttemptView.of(await run(submit_attempt, command)))


@router.post("/{attempt_id}/void")
async def void(
    attempt_id: UUID, body: VoidBody, run: Commands, version: IfMatch, response: Response
) -> AttemptView:
    command = VoidAttempt(attempt_id=attempt_id, reason=body.reason, version=version)
    return _tagged(response, AttemptView.of(await run(void_attempt, command)))


@router.get("/{attempt_id}/audit")
async def audited(attempt_id: UUID, query: Queries) -> list[AuditEntry]:
    query.actor.require("force-admin", "assessment-author", "national-admin", "moderator")
    async with query() as connection:
        await find_attempt(connection, query.actor, attempt_id)
        rows = await connection.execute(
            select(audit).where(audit.c.attempt_id == attempt_id).order_by(audit.c.position)
        )
        return [AuditEntry.model_validate(row, from_attributes=True) for row in rows]


async def find_attempt(connection: AsyncConnection, actor: Actor, attempt_id: UUID) -> Attempt:
    wanted = select(attempts).where(attempts.c.attempt_id == attempt_id)
    if not actor.national:
        wanted = wanted.where(attempts.c.force_id == actor.force_id)
    if actor.roles.isdisjoint(READERS):
        # A candidate's subject is text that need not be a UUID; then nothing is theirs.
        wanted = wanted.where(attempts.c.learner_id == learner_of(actor))
    row = (await connection.execute(wanted)).mappings().one_or_none()
    if row is None:
        raise NotFound("no such attempt", field="attempt_id")
    return from_row(row)


def learner_of(actor: Actor) -> UUID | None:
    """The learner that a candidate is; None for a subject that is no learner's id."""
    try:
        return UUID(actor.person)
    except ValueError:
        return None


def _tagged(response: Response, view: AttemptView) -> AttemptView:
    response.headers["ETag"] = etag(view.version)
    return view
