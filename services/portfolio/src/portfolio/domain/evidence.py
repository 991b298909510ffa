"""Evidence: a reference to real work, mapped to the criteria that it speaks to."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from npp_contracts.codes import EvidenceKind
from npp_contracts.ids import EvidenceId, LearnerId, PortfolioId
from npp_contracts.portfolio import EvidenceRecorded, PortfolioSubmitted
from portfolio.domain.errors import (
    CriteriaWithoutEvidence,
    CriterionUnknown,
    EventAfterEntry,
    KindNeedsCandidate,
    PortfolioUnderAssessment,
    ReferenceIsCopy,
)
from portfolio.domain.portfolio import Portfolio, State

WITNESSED: Final = frozenset(
    {
        EvidenceKind.OBSERVATION,
        EvidenceKind.WITNESS_TESTIMONY,
        EvidenceKind.SUPERVISOR_FEEDBACK,
    }
)
"""The kinds that somebody else than the candidate may put in."""

_COPIES: Final = ("data:", "blob:", "file:", "javascript:")


@dataclass
class Evidence:
    """Where the work lives and what it shows. `reference` is a URL or another system's reference.

    event_date: when the work was done. entry_date: when it was put in.
    """

    evidence_id: UUID
    portfolio_id: UUID
    kind: EvidenceKind
    title: str
    reference: str
    criteria: list[str]
    event_date: date
    entry_date: date
    recorded_by: str
    recorded_at: datetime

    def content(self) -> dict[str, Any]:
        """What a signature covers of it."""
        return {
            "evidence_id": str(self.evidence_id),
            "kind": self.kind.value,
            "title": self.title,
            "reference": self.reference,
            "criteria": sorted(self.criteria),
            "event_date": self.event_date.isoformat(),
            "entry_date": self.entry_date.isoformat(),
            "recorded_by": self.recorded_by,
        }


def record_evidence(portfolio: Portfolio, evidence: Evidence) -> EvidenceRecorded:
    """The candidate, or somebody who saw the work, points to it while the portfolio is open."""
    _open_for_work(portfolio)
    if evidence.recorded_by != portfolio.candidate and evidence.kind not in WITNESSED:
        raise KindNeedsCandidate(f"{evidence.kind} comes from the candidate", field="kind")
    if evidence.event_date > evidence.entry_date:
        raise EventAfterEntry(f"{evidence.event_date} is yet to come", field="event_date")
    if evidence.reference.lower().startswith(_COPIES):
        raise ReferenceIsCopy(field="reference")
    refuse_unknown(portfolio, evidence.criteria)
    return EvidenceRecorded(
        portfolio_id=PortfolioId(portfolio.portfolio_id),
        learner_id=LearnerId(portfolio.learner_id),
        force_id=portfolio.force_id,
        evidence_id=EvidenceId(evidence.evidence_id),
        kind=evidence.kind,
        criteria=evidence.criteria,
        event_date=evidence.event_date,
        entry_date=evidence.entry_date,
    )


def submit(portfolio: Portfolio) -> PortfolioSubmitted:
    """Hand the portfolio in: the first time as revision 1, after a return as the next."""
    _open_for_work(portfolio)
    missing = sorted(set(portfolio.criteria) - set(portfolio.covered))
    if missing:
        raise CriteriaWithoutEvidence(", ".join(missing), criteria=missing)
    return PortfolioSubmitted(
        portfolio_id=PortfolioId(portfolio.portfolio_id),
        learner_id=LearnerId(portfolio.learner_id),
        force_id=portfolio.force_id,
        revision=portfolio.revision + 1,
    )


def refuse_unknown(portfolio: Portfolio, criteria: list[str]) -> None:
    """Refuse criteria that the portfolio's framework version does not have."""
    unknown = sorted(set(criteria) - set(portfolio.criteria))
    if unknown:
        raise CriterionUnknown(", ".join(unknown), field="criteria", criteria=unknown)


def _open_for_work(portfolio: Portfolio) -> None:
    portfolio.live()
    if portfolio.state not in (State.DRAFT, State.RETURNED):
        raise PortfolioUnderAssessment(f"it is {portfolio.state}", state=portfolio.state)
