"""What portfolio publishes: the life of a portfolio, never the evidence itself."""

from datetime import date
from typing import Annotated

from pydantic import Field

from npp_contracts.codes import EvidenceKind, QualityOutcome, ReturnReason
from npp_contracts.event import Event
from npp_contracts.ids import (
    Count,
    CriterionCode,
    EnrolmentId,
    EvidenceId,
    FrameworkCode,
    Instant,
    LearnerId,
    PartCode,
    PersonId,
    PortfolioId,
    ProgrammeId,
    Sha256,
    VersionNumber,
)
from npp_contracts.topics import PORTFOLIOS


class PortfolioOpened(Event, type="npp.portfolio.portfolio-opened.v1", topic=PORTFOLIOS):
    """A learner got a portfolio for a part that needs one, on a framework version for good."""

    portfolio_id: PortfolioId
    learner_id: LearnerId
    enrolment_id: EnrolmentId
    programme_id: ProgrammeId
    programme_version: VersionNumber
    part: PartCode
    framework: FrameworkCode
    framework_version: VersionNumber


class EvidenceRecorded(Event, type="npp.portfolio.evidence-recorded.v1", topic=PORTFOLIOS):
    """A candidate pointed to evidence of real work and the criteria it speaks to."""

    portfolio_id: PortfolioId
    learner_id: LearnerId
    evidence_id: EvidenceId
    kind: EvidenceKind
    criteria: Annotated[list[CriterionCode], Field(max_length=500)]
    event_date: date
    """When the work was done."""
    entry_date: date
    """When it was put into the portfolio."""


class PortfolioSubmitted(Event, type="npp.portfolio.portfolio-submitted.v1", topic=PORTFOLIOS):
    """A candidate handed the portfolio in for assessment."""

    portfolio_id: PortfolioId
    learner_id: LearnerId
    revision: VersionNumber
    """1 the first time; each resubmission raises it by one."""


class PortfolioReturned(Event, type="npp.portfolio.portfolio-returned.v1", topic=PORTFOLIOS):
    """An assessor gave the portfolio back to be worked on."""

    portfolio_id: PortfolioId
    learner_id: LearnerId
    revision: VersionNumber
    """The submission that was returned."""
    reason: ReturnReason


class PortfolioAssessed(Event, type="npp.portfolio.portfolio-assessed.v1", topic=PORTFOLIOS):
    """An assessor, who is never the candidate, decided every criterion."""

    portfolio_id: PortfolioId
    learner_id: LearnerId
    revision: VersionNumber
    assessor_id: PersonId
    met: Count
    """Criteria decided as met."""
    criteria: Count
    """Criteria of the framework version."""
    sampled: bool
    """Whether internal quality assurance must look at it before sign-off."""


class PortfolioQualityAssured(
    Event, type="npp.portfolio.portfolio-quality-assured.v1", topic=PORTFOLIOS
):
    """Somebody other than the assessor checked the assessor's decisions."""

    portfolio_id: PortfolioId
    learner_id: LearnerId
    revision: VersionNumber
    verifier_id: PersonId
    outcome: QualityOutcome


class PortfolioSigned(Event, type="npp.portfolio.portfolio-signed.v1", topic=PORTFOLIOS):
    """A force put its name to a portfolio: the act that makes it count nationally."""

    portfolio_id: PortfolioId
    learner_id: LearnerId
    part: PartCode
    revision: VersionNumber
    signer_id: PersonId
    content_sha256: Sha256
    """Of the canonical snapshot that was signed, in lower-case hexadecimal."""
    signed_at: Instant
