"""What enrolment does about other services' events: they are achievements, counted once."""

from chassis.consumer import Flow
from chassis.work import Work
from enrolment.commands.progress import count_alone
from enrolment.domain.fact import Fact, Kind
from enrolment.store import progress
from npp_contracts.assessment import ResultReleased
from npp_contracts.codes import Attendance, CompletedVia, Occasion, Outcome
from npp_contracts.envelope import Envelope
from npp_contracts.events import AttendanceRecorded
from npp_contracts.portfolio import PortfolioOpened, PortfolioSigned


async def count_attendance(work: Work, event: AttendanceRecorded, meta: Envelope) -> None:
    if event.attendance == Attendance.FULL and event.module is not None:
        via = CompletedVia.ATTENDANCE
        fact = Fact(Kind.MODULE, event.module, event.held_on, via=via)
        await count_alone(work, event.learner_id, fact)


async def count_final(work: Work, event: ResultReleased, meta: Envelope) -> None:
    if event.occasion == Occasion.FINAL and event.outcome == Outcome.PASSED and event.valid:
        tied = (event.programme_id, event.programme_version)
        await count_alone(
            work, event.learner_id, Fact(Kind.FINAL, event.part, meta.time.date(), *tied)
        )


async def remember_portfolio(work: Work, event: PortfolioOpened, meta: Envelope) -> None:
    await progress.remember_portfolio(
        work.session, event.portfolio_id, event.programme_id, event.programme_version
    )


async def count_portfolio(work: Work, event: PortfolioSigned, meta: Envelope) -> None:
    tied = await progress.portfolio_programme(work.session, event.portfolio_id)
    fact = Fact(Kind.PORTFOLIO, event.part, event.signed_at.date(), *tied)
    await count_alone(work, event.learner_id, fact)


FLOWS = [
    Flow(
        "enrolment.progress",
        {
            AttendanceRecorded: count_attendance,
            ResultReleased: count_final,
            PortfolioOpened: remember_portfolio,
            PortfolioSigned: count_portfolio,
        },
    ),
]
