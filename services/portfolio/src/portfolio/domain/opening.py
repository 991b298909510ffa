"""Opening a portfolio: an enrolment, a part that needs one, and a framework for it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from npp_contracts.ids import EnrolmentId, LearnerId, PortfolioId
from npp_contracts.portfolio import PortfolioOpened
from portfolio.domain.framework import Framework
from portfolio.domain.portfolio import Portfolio


@dataclass(frozen=True)
class Enrolled:
    """A learner on a part that needs a portfolio, in the force that has the learner now.

    withdrawn: the enrolment has ended by now; the portfolio opens all the same and rests, so that
    what comes of it does not depend on which event arrived first.
    """

    enrolment_id: UUID
    learner_id: UUID
    programme_id: str
    programme_version: int
    part: str
    force_id: str
    withdrawn: bool = False


def open_portfolio(
    portfolio_id: UUID, enrolled: Enrolled, framework: Framework, at: datetime
) -> tuple[Portfolio, PortfolioOpened]:
    """A draft bound to the framework version, and the fact that it was opened."""
    portfolio = Portfolio(
        portfolio_id=portfolio_id,
        learner_id=enrolled.learner_id,
        enrolment_id=enrolled.enrolment_id,
        programme_id=enrolled.programme_id,
        programme_version=enrolled.programme_version,
        part=enrolled.part,
        framework=framework.code,
        framework_version=framework.version,
        force_id=enrolled.force_id,
        criteria=framework.codes,
        opened_at=at,
        updated_at=at,
    )
    return portfolio, PortfolioOpened(
        portfolio_id=PortfolioId(portfolio_id),
        learner_id=LearnerId(enrolled.learner_id),
        enrolment_id=EnrolmentId(enrolled.enrolment_id),
        programme_id=enrolled.programme_id,
        programme_version=enrolled.programme_version,
        part=enrolled.part,
        framework=framework.code,
        framework_version=framework.version,
        force_id=enrolled.force_id,
    )
