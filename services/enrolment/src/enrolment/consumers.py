"""What enrolment does about other services' events: they are achievements, counted once."""

from collections.abc import Sequence
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer import Flow, Received
from chassis.work import Work
from enrolment.commands.progress import count_held, hold
from enrolment.domain.fact import Fact, Kind
from enrolment.store import progress
from npp_contracts.assessment import ResultReleased
from npp_contracts.codes import Attendance, CompletedVia, Occasion, Outcome
from npp_contracts.envelope import Envelope
from npp_contracts.events import AttendanceRecorded
from npp_contracts.portfolio import PortfolioOpened, PortfolioSigned

Achieving: TypeAlias = AttendanceRecorded | ResultReleased | PortfolioSigned


def is_achievement(event: Achieving | PortfolioOpened) -> bool:
    """Whether the event says that something was achieved; most say that something happened."""
    match event:
        case AttendanceRecorded():
            return event.attendance == Attendance.FULL and event.module is not None
        case ResultReleased():
            passed = event.outcome == Outcome.PASSED and event.valid
            return passed and event.occasion == Occasion.FINAL
        case PortfolioSigned():
            return True
    return False


async def hold_all(session: AsyncSession, events: Sequence[Received]) -> None:
    """Events come in the order in which they happened; locks must be taken in that of ids."""
    await hold(session, {one.event.learner_id for one in events if is_achievement(one.event)})


async def count_attendance(work: Work, event: AttendanceRecorded, meta: Envelope) -> None:
    if is_achievement(event) and event.module is not None:
        fact = Fact(Kind.MODULE, event.module, event.held_on, via=CompletedVia.ATTENDANCE)
        await count_held(work, {event.learner_id: [fact]})


async def count_final(work: Work, event: ResultReleased, meta: Envelope) -> None:
    if is_achievement(event):
        tied = (event.programme_id, event.programme_version)
        fact = Fact(Kind.FINAL, event.part, meta.time.date(), *tied)
        await count_held(work, {event.learner_id: [fact]})


async def remember_portfolio(work: Work, event: PortfolioOpened, meta: Envelope) -> None:
    await progress.remember_portfolio(
        work.session, event.portfolio_id, event.programme_id, event.programme_version
    )


async def count_portfolio(work: Work, event: PortfolioSigned, meta: Envelope) -> None:
    tied = await progress.portfolio_programme(work.session, event.portfolio_id)
    fact = Fact(Kind.PORTFOLIO, event.part, event.signed_at.date(), *tied)
    await count_held(work, {event.learner_id: [fact]})


FLOWS = [
    Flow(
        "enrolment.progress",
        {
            AttendanceRecorded: count_attendance,
            ResultReleased: count_final,
            PortfolioOpened: remember_portfolio,
            PortfolioSigned: count_portfolio,
        },
        before=hold_all,
    ),
]
