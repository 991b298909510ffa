"""What the API answers with."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from chassis.http import Json, etag
from npp_contracts.codes import EvidenceKind
from portfolio.domain.assessment import Decision, Verdict
from portfolio.domain.evidence import Evidence
from portfolio.domain.portfolio import Portfolio, State
from portfolio.store import SUMMARY


class CriterionAnswer(BaseModel):
    code: str
    title: str


class FrameworkAnswer(BaseModel):
    code: str
    version: int
    programme_id: str
    part: str
    criteria: list[CriterionAnswer]
    published_at: datetime


class PortfolioSummary(BaseModel):
    portfolio_id: UUID
    learner_id: UUID
    force_id: str
    programme_id: str
    programme_version: int
    part: str
    framework: str
    framework_version: int
    state: State
    revision: int
    sampled: bool
    assessor_id: str | None
    verifier_id: str | None
    signer_id: str | None
    signed_at: datetime | None
    content_sha256: str | None
    opened_at: datetime
    updated_at: datetime
    version: int


class EvidenceAnswer(BaseModel):
    evidence_id: UUID
    portfolio_id: UUID
    kind: EvidenceKind
    title: str
    reference: str
    criteria: list[str]
    event_date: date
    entry_date: date
    recorded_by: str


class DecisionAnswer(BaseModel):
    criterion: str
    decision: Verdict
    valid: str
    authentic: str
    reliable: str
    current: str
    sufficient: str
    assessor_id: str
    decided_at: datetime


class PortfolioAnswer(PortfolioSummary):
    criteria: list[str]
    uncovered: list[str]
    evidence: list[EvidenceAnswer]
    decisions: list[DecisionAnswer]


class PortfolioPage(BaseModel):
    items: list[PortfolioSummary]
    next: str | None


class LogEntryAnswer(BaseModel):
    position: int
    at: datetime
    actor: str
    action: str
    facts: dict[str, Any]
    previous_sha256: str
    sha256: str


class LogAnswer(BaseModel):
    portfolio_id: UUID
    head: str
    items: list[LogEntryAnswer]


class CheckAnswer(BaseModel):
    """`first_broken`: from where the log can't be trusted. `signature`: null unsigned or erased."""

    portfolio_id: UUID
    entries: int
    log_intact: bool
    first_broken: int | None
    signature_intact: bool | None
    content_sha256: str | None


def summary(portfolio: Portfolio) -> Json:
    """A portfolio as it stands after a command, with its version as ETag."""
    return Json(_fields(portfolio, SUMMARY), headers=_version(portfolio))


def whole(portfolio: Portfolio, evidence: list[Evidence], decisions: list[Decision]) -> Json:
    """A portfolio with all that is in it."""
    uncovered = sorted(set(portfolio.criteria) - set(portfolio.covered))
    content = _fields(portfolio, SUMMARY) | {
        "criteria": portfolio.criteria,
        "uncovered": uncovered,
        "evidence": [_fields(one, EvidenceAnswer.model_fields) for one in evidence],
        "decisions": [_fields(one, DecisionAnswer.model_fields) for one in decisions],
    }
    return Json(content, headers=_version(portfolio))


def recorded(evidence: Evidence, portfolio: Portfolio) -> Json:
    """A new piece of evidence; the ETag is its portfolio's."""
    content = _fields(evidence, EvidenceAnswer.model_fields)
    return Json(content, status_code=201, headers=_version(portfolio))


def _fields(thing: object, names: Any) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}


def _version(portfolio: Portfolio) -> dict[str, str]:
    return {"ETag": etag(portfolio.version)}
