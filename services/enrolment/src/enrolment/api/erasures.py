"""Erasures and holds: for data protection officers, of their own force or nationally."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, StringConstraints

from chassis.clock import now
from chassis.http import Commands, Queries
from chassis.privacy.access import Kept
from chassis.privacy.routes import OFFICERS
from enrolment.api.bodies import Body
from enrolment.api.callers import sight
from enrolment.commands import erasing
from enrolment.domain.erasure import Ground, Request, due_on
from enrolment.store import erasures
from enrolment.store.erasures import Erasure
from npp_contracts.day import day_of

router = APIRouter(tags=["privacy"])

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class ErasureBody(Body):
    ground: Ground
    reason: Reason
    """In words that name nobody: it is kept."""
    requested_on: date | None = None
    """When it was asked for; today when left out."""


class HoldBody(Body):
    reason: Reason


class ProspectView(BaseModel):
    learner_id: UUID
    force_id: str
    due_on: date
    """If it were asked for today."""
    on_hold: bool
    other_forces: int
    """How many other forces have had the learner; each is told."""
    items: list[Kept]


class ErasureView(BaseModel):
    learner_id: UUID
    force_ids: list[str]
    """All that have had the learner."""
    ground: Ground
    reason: str
    requested_on: date
    due_on: date
    erased_at: datetime
    erased_by: str

    @classmethod
    def of(cls, done: Erasure) -> "ErasureView":
        return cls.model_validate(done, from_attributes=True)


class DueView(BaseModel):
    pseudonym: UUID
    """As the force's feed has it."""
    due_on: date


class Erasures(BaseModel):
    items: list[ErasureView]
    """Those of learners whom the force held; nationally of all."""
    due: list[DueView]
    """What the force has to erase of its own: whom it held, and whom it had before that."""


class HoldView(BaseModel):
    learner_id: UUID
    on_hold: bool


@router.get("/learners/{learner_id}/erasure")
async def get_erasure(run: Commands, learner_id: UUID) -> ProspectView:
    """What an erasure would meet and do here; nothing is changed."""
    run.actor.require(*OFFICERS)
    found = await run(erasing.look_ahead, learner_id)
    return ProspectView(
        learner_id=learner_id,
        force_id=found.learner.force_id,
        due_on=due_on(day_of(now())),
        on_hold=found.held,
        other_forces=found.other_forces,
        items=found.items,
    )


@router.post("/learners/{learner_id}/erasure")
async def post_erasure(run: Commands, learner_id: UUID, body: ErasureBody) -> ErasureView:
    """Erase for good: here at once, in every other service as soon as it hears of it."""
    run.actor.require(*OFFICERS)
    request = Request(body.ground, body.reason, body.requested_on or day_of(now()))
    return ErasureView.of(await run(erasing.erase, erasing.Erase(learner_id, request)))


@router.get("/erasures")
async def get_erasures(query: Queries) -> Erasures:
    """The latest thousand; `GET /privacy/erasures` of each service says what it has done."""
    query.actor.require(*OFFICERS)
    force_id = sight(query.actor)
    async with query() as connection:
        found = await erasures.erasures(connection, force_id)
        due = await erasures.due(connection, force_id) if force_id is not None else []
    return Erasures(
        items=[ErasureView.of(each) for each in found],
        due=[DueView.model_validate(each, from_attributes=True) for each in due],
    )


@router.post("/learners/{learner_id}/hold")
async def post_hold(run: Commands, learner_id: UUID, body: HoldBody) -> HoldView:
    """Nothing about the learner is erased or disposed of, anywhere, until it is lifted."""
    run.actor.require(*OFFICERS)
    await run(erasing.place_hold, erasing.Hold(learner_id, body.reason))
    return HoldView(learner_id=learner_id, on_hold=True)


@router.post("/learners/{learner_id}/hold/lift")
async def post_hold_lift(run: Commands, learner_id: UUID, body: HoldBody) -> HoldView:
    run.actor.require(*OFFICERS)
    await run(erasing.lift_hold, erasing.Hold(learner_id, body.reason))
    return HoldView(learner_id=learner_id, on_hold=False)
