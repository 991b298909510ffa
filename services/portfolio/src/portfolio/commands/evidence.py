"""Putting evidence in and handing the portfolio in."""

from datetime import date, datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chassis.clock import new_id
from chassis.errors import NotFound
from chassis.work import Work
from npp_contracts.codes import EvidenceKind
from npp_contracts.day import day_of
from npp_contracts.ids import CriterionCode
from portfolio.commands.portfolios import PortfolioCommand, locked, locked_own, person, record
from portfolio.domain import evidence as rules
from portfolio.domain.canonical import sha256_of
from portfolio.domain.evidence import Evidence
from portfolio.domain.portfolio import Portfolio

# The forces' calendar: just after midnight in summer, UTC still has yesterday.
WITNESSES: Final = ("line-manager", "assessor")

_LINE: Final = r"^[^\x00-\x1f\x7f]+$"
Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=_LINE, max_length=200)]
Reference = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f\x7f].*$", max_length=1_000)]


class EvidenceToRecord(BaseModel):
    """What the work was, where it lives, when it was done, and what it shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: EvidenceKind
    title: Line
    reference: Reference
    event_date: date
    criteria: Annotated[list[CriterionCode], Field(min_length=1, max_length=200)]


class RecordEvidence(PortfolioCommand):
    """Put a piece of evidence in."""

    entry: EvidenceToRecord


class SubmitPortfolio(PortfolioCommand):
    """Hand the portfolio in for assessment."""


async def record_evidence(work: Work, command: RecordEvidence) -> tuple[Evidence, Portfolio]:
    work.actor.require("candidate", *WITNESSES)
    portfolio = await locked(work, command)
    own = work.actor.person == portfolio.candidate
    if not own and work.actor.roles.isdisjoint(WITNESSES):
        raise NotFound("no such portfolio", field="portfolio_id")
    evidence = _evidence(command, person(work.actor), work.now)
    event = rules.record_evidence(portfolio, evidence)
    if not own:
        portfolio.contributors = sorted({*portfolio.contributors, evidence.recorded_by})
    work.session.add(evidence)
    record(work, portfolio, event, content_sha256=sha256_of(evidence.content()))
    return evidence, portfolio


async def submit_portfolio(work: Work, command: SubmitPortfolio) -> Portfolio:
    work.actor.require("candidate")
    portfolio = await locked_own(work, command)
    return record(work, portfolio, rules.submit(portfolio))


def _evidence(command: RecordEvidence, by: str, at: datetime) -> Evidence:
    entry = command.entry
    return Evidence(
        evidence_id=new_id(),
        portfolio_id=command.portfolio_id,
        kind=entry.kind,
        title=entry.title,
        reference=entry.reference,
        criteria=sorted(set(entry.criteria)),
        event_date=entry.event_date,
        entry_date=day_of(at),
        recorded_by=by,
        recorded_at=at,
    )
