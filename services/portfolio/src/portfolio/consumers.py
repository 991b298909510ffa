"""What portfolio does about what other services say."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer import Flow, Received
from chassis.work import Work
from npp_contracts.enrolment import (
    EnrolmentWithdrawn,
    HoldLifted,
    HoldPlaced,
    LearnerEnrolled,
    LearnerErased,
    LearnerTransferred,
    ProgrammePublished,
)
from npp_contracts.envelope import Envelope
from portfolio import store
from portfolio.commands import Due, catch_up, move_portfolios, settle, what_is_due
from portfolio.store.privacy import PRIVACY

_DUE: Final = "portfolio.due"


async def look_ahead(session: AsyncSession, events: Sequence[Received]) -> None:
    """Keep what a batch says of enrolments, and find what is due for all of them."""
    said = [(one.event, one.envelope) for one in events if one.envelope is not None]
    enrolled = [(event, meta) for event, meta in said if isinstance(event, LearnerEnrolled)]
    ends = [(e.enrolment_id, m.sequence) for e, m in said if isinstance(e, EnrolmentWithdrawn)]
    ids: list[UUID] = list({e.enrolment_id: None for e, _ in enrolled} | dict(ends))
    session.info[_DUE] = Due()
    if ids:
        await store.side_by_side(session)
        await store.keep_enrolled(session, enrolled)
        await store.keep_withdrawn(session, ends)
        session.info[_DUE] = await what_is_due(session, ids)


async def open_portfolio(work: Work, event: LearnerEnrolled, meta: Envelope) -> None:
    await catch_up(work, work.session.info[_DUE], event.enrolment_id)


async def rest_portfolio(work: Work, event: EnrolmentWithdrawn, meta: Envelope) -> None:
    await catch_up(work, work.session.info[_DUE], event.enrolment_id)


async def open_waiting(work: Work, event: ProgrammePublished, meta: Envelope) -> None:
    await store.exclusively(work.session)
    await store.keep_parts(work.session, event)
    parts = [part.code for part in event.parts if part.needs_portfolio]
    await settle(work, await store.enrolments_of_part(work.session, event.programme_id, parts))


FLOWS: Final = [
    Flow(
        "portfolio.open-on-enrolment",
        {
            LearnerEnrolled: open_portfolio,
            EnrolmentWithdrawn: rest_portfolio,
            ProgrammePublished: open_waiting,
        },
        before=look_ahead,
    ),
    Flow("portfolio.follow-transfers", {LearnerTransferred: move_portfolios}),
    PRIVACY.flow(LearnerErased, HoldPlaced, HoldLifted),
]
