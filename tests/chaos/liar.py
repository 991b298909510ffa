"""Enrolment with a route too many, whose command breaks the contract: `python -m … serve`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from fastapi import APIRouter

from chassis.http import Commands
from chassis.service import main
from chassis.work import Work
from enrolment.app import SERVICE
from enrolment.commands.programmes import ReportWorkforce, report_workforce
from enrolment.domain.workforce import Workforce
from npp_contracts.enrolment import WorkforceReported
from npp_contracts.event import Event
from npp_contracts.ids import LearnerId, PortfolioId
from npp_contracts.portfolio import PortfolioSubmitted

ROUTER: Final = APIRouter()
_DAY: Final = date(2026, 1, 31)
# An event can't be made wrong by its constructor; this is how a careless service gets past it.
_made: Final[Callable[..., Event]] = WorkforceReported.model_construct
LIES: Final[dict[str, Callable[[str], Event]]] = {
    "negative": lambda f: _made(force_id=f, as_of=_DAY, headcount=-1, source="lie"),
    "incomplete": lambda f: _made(force_id=f, as_of=_DAY, headcount=1),
    "large": lambda f: _made(force_id=f, as_of=_DAY, headcount=1, source="a" * 1_000_000),
    "foreign": lambda f: PortfolioSubmitted(
        force_id=f,
        portfolio_id=PortfolioId(UUID(int=1)),
        learner_id=LearnerId(UUID(int=2)),
        revision=1,
    ),
}


@dataclass(frozen=True)
class Lie:
    """Which one, and about which force."""

    kind: str
    force: str


async def tell(work: Work, lie: Lie) -> Workforce:
    """Something lawful first, so that it must be undone too."""
    workforce = await report_workforce(work, ReportWorkforce(lie.force, _DAY, 41, "truth"))
    return work.record(workforce, LIES[lie.kind](lie.force))


@ROUTER.post("/lies/{force}/{kind}", status_code=201)
async def post_lie(run: Commands, force: str, kind: str) -> dict[str, int]:
    told = await run(tell, Lie(kind, force))
    return {"version": told.version}


if __name__ == "__main__":
    main(replace(SERVICE, routers=[*SERVICE.routers, ROUTER]))
