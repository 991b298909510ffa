"""Enrolments: by hand, put off, gone on with, ended."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from fastapi import APIRouter, Response

from chassis.http import Commands, IfMatch, Queries, etag
from chassis.work import Work
from enrolment.api.bodies import DeferralBody, EnrolmentBody, WithdrawalBody
from enrolment.api.callers import ADMINS, may_read_enrolment, sight
from enrolment.api.views import EnrolmentView
from enrolment.commands import enrolling
from enrolment.commands.enrolling import Defer, Enrol, Resume, Withdraw
from enrolment.domain.enrolment import Enrolment
from enrolment.domain.errors import EnrolmentUnknown
from enrolment.store import reading
from enrolment.store.progress import catalogue_of

router = APIRouter(prefix="/enrolments", tags=["enrolments"])

C = TypeVar("C")


async def _run(
    run: Commands,
    function: Callable[[Work, C], Awaitable[Enrolment]],
    command: C,
    response: Response,
) -> EnrolmentView:
    async def shown(work: Work, command: C) -> EnrolmentView:
        enrolment = await function(work, command)
        return EnrolmentView.of(enrolment, await catalogue_of(work.session))

    view = await run(shown, command)
    response.headers["ETag"] = etag(view.version)
    return view


@router.post("", status_code=201)
async def post_enrolment(run: Commands, body: EnrolmentBody, response: Response) -> EnrolmentView:
    run.actor.require(*ADMINS)
    command = Enrol(learner_id=body.learner_id, programme_id=body.programme_id, part=body.part)
    return await _run(run, enrolling.enrol_by_hand, command, response)


@router.get("/{enrolment_id}")
async def get_enrolment(query: Queries, enrolment_id: UUID, response: Response) -> EnrolmentView:
    async with query() as connection:
        found = await reading.enrolment_of(connection, enrolment_id, sight(query.actor))
        catalogue = await reading.catalogue(connection)
    if found is None:
        raise EnrolmentUnknown
    may_read_enrolment(query.actor, found.learner_id)
    response.headers["ETag"] = etag(found.version)
    return EnrolmentView.of(found, catalogue)


@router.post("/{enrolment_id}/defer")
async def post_deferral(
    run: Commands,
    enrolment_id: UUID,
    body: DeferralBody,
    version: IfMatch,
    response: Response,
) -> EnrolmentView:
    run.actor.require(*ADMINS)
    command = Defer(
        enrolment_id=enrolment_id, reason=body.reason, until=body.until, version=version
    )
    return await _run(run, enrolling.defer, command, response)


@router.post("/{enrolment_id}/resume")
async def post_resumption(
    run: Commands,
    enrolment_id: UUID,
    version: IfMatch,
    response: Response,
) -> EnrolmentView:
    run.actor.require(*ADMINS)
    command = Resume(enrolment_id=enrolment_id, version=version)
    return await _run(run, enrolling.resume, command, response)


@router.post("/{enrolment_id}/withdraw")
async def post_withdrawal(
    run: Commands,
    enrolment_id: UUID,
    body: WithdrawalBody,
    version: IfMatch,
    response: Response,
) -> EnrolmentView:
    run.actor.require(*ADMINS)
    command = Withdraw(enrolment_id=enrolment_id, reason=body.reason, version=version)
    return await _run(run, enrolling.withdraw, command, response)
