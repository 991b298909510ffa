"""Assessing a portfolio, and giving it back."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chassis.work import Work
from npp_contracts.codes import ReturnReason
from npp_contracts.ids import CriterionCode
from portfolio.commands.portfolios import PortfolioCommand, locked, person, record
from portfolio.domain.assessment import Decision, Verdict, assess, give_back
from portfolio.domain.canonical import sha256_of
from portfolio.domain.portfolio import Portfolio
from portfolio.domain.sampling import SamplingPlan
from portfolio.settings import sampling

Note = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000, pattern=r"^[^\x00]+$"),
]


class Judgement(BaseModel):
    """A decision on one criterion, with the five notes that make it defensible."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    criterion: CriterionCode
    decision: Verdict
    valid: Note
    authentic: Note
    reliable: Note
    current: Note
    sufficient: Note


Judgements = Annotated[list[Judgement], Field(max_length=200)]


class AssessPortfolio(PortfolioCommand):
    """Accept the portfolio, criterion by criterion."""

    decisions: Judgements


class ReturnPortfolio(PortfolioCommand):
    """Give it back; the decisions made so far are kept as the assessor's record."""

    reason: ReturnReason
    decisions: Judgements = Field(default_factory=list)


async def assess_portfolio(work: Work, command: AssessPortfolio) -> Portfolio:
    work.actor.require("assessor")
    portfolio, by = await locked(work, command), person(work.actor)
    plan = SamplingPlan(sampling().seed, sampling().percent)
    decisions = _decisions(work, portfolio, command.decisions, by)
    event = assess(portfolio, decisions, by, plan)
    drawn = {"seed": plan.seed, "percent": plan.percent}
    work.session.add_all(decisions)
    return record(work, portfolio, event, sampling=drawn, **_logged(decisions))


async def return_portfolio(work: Work, command: ReturnPortfolio) -> Portfolio:
    work.actor.require("assessor")
    portfolio, by = await locked(work, command), person(work.actor)
    decisions = _decisions(work, portfolio, command.decisions, by)
    event = give_back(portfolio, command.reason, decisions, by)
    work.session.add_all(decisions)
    return record(work, portfolio, event, **_logged(decisions))


def _decisions(
    work: Work, portfolio: Portfolio, judgements: Sequence[Judgement], by: str
) -> list[Decision]:
    return [
        Decision(
            portfolio.portfolio_id,
            portfolio.revision,
            **one.model_dump(),
            assessor_id=by,
            decided_at=work.now,
        )
        for one in judgements
    ]


def _logged(decisions: Sequence[Decision]) -> dict[str, object]:
    return {
        "decisions": {one.criterion: one.decision.value for one in decisions},
        "decisions_sha256": sha256_of([one.content() for one in decisions]),
    }
