"""Assessment: one decision per criterion, by somebody who is not the candidate."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from npp_contracts.codes import ReturnReason
from npp_contracts.ids import LearnerId, PortfolioId
from npp_contracts.portfolio import PortfolioAssessed, PortfolioReturned
from portfolio.domain.errors import (
    AssessorIsCandidate,
    CriteriaNotMet,
    CriteriaUndecided,
    CriterionDecidedTwice,
    PortfolioNotSubmitted,
    WitnessNeverDecides,
)
from portfolio.domain.evidence import refuse_unknown
from portfolio.domain.portfolio import Portfolio, State
from portfolio.domain.sampling import SamplingPlan


class Verdict(StrEnum):
    """What an assessor decides about one criterion."""

    MET = "met"
    NOT_YET_MET = "not-yet-met"
    MORE_EVIDENCE_NEEDED = "more-evidence-needed"


NOTES: Final = ("valid", "authentic", "reliable", "current", "sufficient")


@dataclass
class Decision:
    """An assessor's decision on one criterion of one revision, with a note on each of NOTES."""

    portfolio_id: UUID
    revision: int
    criterion: str
    decision: Verdict
    valid: str
    authentic: str
    reliable: str
    current: str
    sufficient: str
    assessor_id: str
    decided_at: datetime

    def content(self) -> dict[str, Any]:
        """What a signature covers of it."""
        said = {note: getattr(self, note) for note in NOTES}
        who = {"assessor_id": self.assessor_id}
        return {"criterion": self.criterion, "decision": self.decision.value, **said, **who}


def assess(
    portfolio: Portfolio, decisions: Sequence[Decision], by: str, plan: SamplingPlan
) -> PortfolioAssessed:
    """Accept the portfolio: every criterion is decided, and met."""
    _may_assess(portfolio, by)
    _refuse_odd(portfolio, decisions)
    undecided = sorted(set(portfolio.criteria) - {one.criterion for one in decisions})
    if undecided:
        raise CriteriaUndecided(", ".join(undecided), field="decisions", criteria=undecided)
    unmet = sorted(one.criterion for one in decisions if one.decision is not Verdict.MET)
    if unmet:
        raise CriteriaNotMet(", ".join(unmet), field="decisions", criteria=unmet)
    return PortfolioAssessed(
        portfolio_id=PortfolioId(portfolio.portfolio_id),
        learner_id=LearnerId(portfolio.learner_id),
        force_id=portfolio.force_id,
        revision=portfolio.revision,
        assessor_id=by,
        met=len(decisions),
        criteria=len(portfolio.criteria),
        sampled=plan.draws(portfolio.portfolio_id, portfolio.revision),
    )


def give_back(
    portfolio: Portfolio, reason: ReturnReason, decisions: Sequence[Decision], by: str
) -> PortfolioReturned:
    """Return the portfolio to be worked on; decisions made so far may be fewer than criteria."""
    _may_assess(portfolio, by)
    _refuse_odd(portfolio, decisions)
    return returned(portfolio, reason)


def returned(portfolio: Portfolio, reason: ReturnReason) -> PortfolioReturned:
    """The fact that this revision went back."""
    return PortfolioReturned(
        portfolio_id=PortfolioId(portfolio.portfolio_id),
        learner_id=LearnerId(portfolio.learner_id),
        force_id=portfolio.force_id,
        revision=portfolio.revision,
        reason=reason,
    )


def _may_assess(portfolio: Portfolio, by: str) -> None:
    if by == portfolio.candidate:
        raise AssessorIsCandidate
    if by in portfolio.contributors:
        raise WitnessNeverDecides
    portfolio.live()
    if portfolio.state is not State.SUBMITTED:
        raise PortfolioNotSubmitted(f"it is {portfolio.state}", state=portfolio.state)


def _refuse_odd(portfolio: Portfolio, decisions: Sequence[Decision]) -> None:
    counts = Counter(one.criterion for one in decisions)
    twice = sorted(criterion for criterion, count in counts.items() if count > 1)
    if twice:
        raise CriterionDecidedTwice(", ".join(twice), field="decisions", criteria=twice)
    refuse_unknown(portfolio, list(counts))
