"""After assessment: quality assurance of the sample, and the force's signature."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from npp_contracts.codes import QualityOutcome, ReturnReason
from npp_contracts.ids import LearnerId, PortfolioId
from npp_contracts.portfolio import PortfolioQualityAssured, PortfolioReturned, PortfolioSigned
from portfolio.domain.assessment import Decision, returned
from portfolio.domain.canonical import sha256_of
from portfolio.domain.errors import (
    PortfolioNotAssessed,
    QualityAssuranceOutstanding,
    SignerIsAssessor,
    SignerIsCandidate,
    VerifierIsAssessor,
    VerifierIsCandidate,
    WitnessNeverDecides,
)
from portfolio.domain.evidence import Evidence
from portfolio.domain.framework import Framework
from portfolio.domain.portfolio import Portfolio, State

FORMAT: Final = "npp-portfolio-snapshot/1"


def quality_assure(
    portfolio: Portfolio, outcome: QualityOutcome, by: str
) -> list[PortfolioQualityAssured | PortfolioReturned]:
    """Uphold the assessor's decision, or send the portfolio back.

    The sample must be looked at; any other assessed portfolio may be.
    """
    if by == portfolio.candidate:
        raise VerifierIsCandidate
    if by == portfolio.assessor_id:
        raise VerifierIsAssessor
    if by in portfolio.contributors:
        raise WitnessNeverDecides
    portfolio.live()
    if portfolio.state is not State.ASSESSED:
        raise PortfolioNotAssessed(f"it is {portfolio.state}", state=portfolio.state)
    assured = PortfolioQualityAssured(
        portfolio_id=PortfolioId(portfolio.portfolio_id),
        learner_id=LearnerId(portfolio.learner_id),
        force_id=portfolio.force_id,
        revision=portfolio.revision,
        verifier_id=by,
        outcome=outcome,
    )
    if outcome is QualityOutcome.UPHELD:
        return [assured]
    return [assured, returned(portfolio, ReturnReason.QUALITY_ASSURANCE_ACTION)]


def may_sign(portfolio: Portfolio, by: str) -> None:
    """Refuse a signature that would be worth nothing."""
    if by == portfolio.candidate:
        raise SignerIsCandidate
    if by == portfolio.assessor_id:
        raise SignerIsAssessor
    if by in portfolio.contributors:
        raise WitnessNeverDecides
    portfolio.live()
    if portfolio.state not in (State.ASSESSED, State.QUALITY_ASSURED):
        raise PortfolioNotAssessed(f"it is {portfolio.state}", state=portfolio.state)
    if portfolio.sampled and portfolio.state is State.ASSESSED:
        raise QualityAssuranceOutstanding


def sign(portfolio: Portfolio, content_sha256: str, by: str, at: datetime) -> PortfolioSigned:
    """Put the force's name to the content with that hash (of `snapshot`)."""
    may_sign(portfolio, by)
    return PortfolioSigned(
        portfolio_id=PortfolioId(portfolio.portfolio_id),
        learner_id=LearnerId(portfolio.learner_id),
        force_id=portfolio.force_id,
        part=portfolio.part,
        revision=portfolio.revision,
        signer_id=by,
        content_sha256=content_sha256,
        signed_at=at,
    )


def snapshot(
    portfolio: Portfolio,
    framework: Framework,
    evidence: Sequence[Evidence],
    decisions: Sequence[Decision],
) -> dict[str, Any]:
    """All that a signature covers; the same whenever it is put together again."""
    return {
        "format": FORMAT,
        "portfolio_id": str(portfolio.portfolio_id),
        "learner_id": str(portfolio.learner_id),
        "programme": [portfolio.programme_id, portfolio.programme_version, portfolio.part],
        "framework": [framework.code, framework.version, framework.criteria],
        "revision": portfolio.revision,
        "evidence": [one.content() for one in sorted(evidence, key=_evidence_order)],
        "decisions": [one.content() for one in sorted(decisions, key=_decision_order)],
        "assessor_id": portfolio.assessor_id,
        "verifier_id": portfolio.verifier_id,
    }


def snapshot_sha256(
    portfolio: Portfolio,
    framework: Framework,
    evidence: Sequence[Evidence],
    decisions: Sequence[Decision],
) -> str:
    return sha256_of(snapshot(portfolio, framework, evidence, decisions))


def _evidence_order(evidence: Evidence) -> str:
    return str(evidence.evidence_id)


def _decision_order(decision: Decision) -> str:
    return decision.criterion
