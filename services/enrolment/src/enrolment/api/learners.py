"""Learners: found, followed, handed over."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.http import Commands, Cursor, IfMatch, Queries, etag, page
from enrolment.api.bodies import TransferBody
from enrolment.api.callers import ADMINS, may_read, sight
from enrolment.api.views import LearnersPage, LearnerView, Timeline, TimelineEntry, TransferView
from enrolment.commands.transfers import Transfer, transfer
from enrolment.domain.errors import LearnerUnknown
from enrolment.domain.forces import force_named
from enrolment.domain.learner import collar_number, email_address
from enrolment.projections.timeline import timeline_of
from enrolment.store import reading

router = APIRouter(prefix="/learners", tags=["learners"])
_FIRST = "00000000-0000-0000-0000-000000000000"


@router.get("")
async def get_learners(
    query: Queries,
    cursor: Cursor,
    number: Annotated[str | None, Query(alias="collar_number", max_length=40)] = None,
    force_id: Annotated[str | None, Query(max_length=100)] = None,
) -> LearnersPage:
    """Learners with their progress. `updated_since` counts a change of either."""
    may_read(query.actor)
    (after,) = cursor.after_or(_FIRST)
    own = sight(query.actor)
    wanted = force_named(force_id) if force_id is not None else own
    if own not in (None, wanted):
        return LearnersPage(items=[], next=None)
    async with query() as connection:
        found = await reading.learners_page(
            connection,
            wanted,
            collar_number=collar_number(number) if number is not None else None,
            after=UUID(after),
            rows=cursor.rows,
            updated_since=cursor.updated_since,
        )
        shown = found[: cursor.limit]
        ids = [each.learner_id for each in shown]
        enrolments = await reading.enrolments_by_learner(connection, ids)
        catalogue = await reading.catalogue(connection)
    following = page([{"id": each.learner_id} for each in found], cursor.limit)["next"]
    items = [LearnerView.of(each, enrolments.get(each.learner_id, ()), catalogue) for each in shown]
    return LearnersPage(items=items, next=following)


@router.get("/{learner_id}")
async def get_learner(query: Queries, learner_id: UUID, response: Response) -> LearnerView:
    may_read(query.actor, learner_id)
    async with query() as connection:
        learner = await reading.learner_of(connection, learner_id, sight(query.actor))
        if learner is None:
            raise LearnerUnknown
        enrolments = await reading.enrolments_by_learner(connection, [learner_id])
        catalogue = await reading.catalogue(connection)
    response.headers["ETag"] = etag(learner.version)
    return LearnerView.of(learner, enrolments.get(learner_id, ()), catalogue)


@router.get("/{learner_id}/timeline")
async def get_timeline(query: Queries, learner_id: UUID) -> Timeline:
    """What happened when, oldest first, here and in the other services."""
    may_read(query.actor, learner_id)
    async with query() as connection:
        if await reading.learner_of(connection, learner_id, sight(query.actor)) is None:
            raise LearnerUnknown
        entries = await timeline_of(connection, learner_id)
    return Timeline(items=[TimelineEntry(**entry) for entry in entries])


@router.post("/{learner_id}/transfer")
async def post_transfer(
    run: Commands,
    learner_id: UUID,
    body: TransferBody,
    version: IfMatch,
    response: Response,
) -> TransferView:
    """By the force that is left, or nationally. That force sees the learner no more afterwards."""
    run.actor.require(*ADMINS)
    command = Transfer(
        learner_id,
        force_named(body.to_force_id, "to_force_id"),
        collar_number(body.collar_number),
        body.effective_on,
        email_address(body.email) if body.email is not None else None,
        version,
    )
    learner = await run(transfer, command)
    response.headers["ETag"] = etag(learner.version)
    return TransferView(
        learner_id=learner.learner_id,
        force_id=learner.force_id,
        collar_number=learner.collar_number,
        effective_on=body.effective_on,
        version=learner.version,
    )
