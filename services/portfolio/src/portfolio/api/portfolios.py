"""/portfolios: what may be done to one, and what may be seen of them."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.auth import Actor
from chassis.errors import NotFound
from chassis.http import Commands, Cursor, IfMatch, Json, Queries, page
from chassis.http.pages import CursorMalformed
from npp_contracts.codes import QualityOutcome, ReturnReason
from npp_contracts.ids import ForceId, PartCode
from portfolio import commands, store
from portfolio.api import answers
from portfolio.commands.assessment import Judgements
from portfolio.commands.evidence import EvidenceToRecord
from portfolio.commands.signoff import content_sha256
from portfolio.domain.log import first_broken
from portfolio.domain.portfolio import Portfolio, State

router = APIRouter(prefix="/portfolios", tags=["portfolios"])

READERS: Final = (
    "line-manager",
    "assessor",
    "iqa",
    "force-signoff",
    "moderator",
    "force-admin",
    "national-admin",
)
LISTERS: Final = (*READERS, "force-analyst", "national-analyst")


class Filter(BaseModel):
    force_id: ForceId | None = None
    learner_id: UUID | None = None
    state: State | None = None
    part: PartCode | None = None
    sampled: bool | None = None


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Assessment(_Body):
    decisions: Judgements


class Return(_Body):
    reason: ReturnReason
    decisions: Judgements = Field(default_factory=list)


class QualityAssurance(_Body):
    outcome: QualityOutcome


@router.get("", response_model=answers.PortfolioPage)
async def get_portfolios(
    query: Queries, cursor: Cursor, chosen: Annotated[Filter, Query()]
) -> Json:
    force, learner = _sight(query.actor)
    hidden = (force and chosen.force_id not in (None, force)) or (
        learner and chosen.learner_id not in (None, learner)
    )
    if hidden:
        return Json({"items": [], "next": None})
    wanted = store.Wanted(
        force_id=force or chosen.force_id,
        learner_id=learner or chosen.learner_id,
        state=chosen.state,
        part=chosen.part,
        sampled=chosen.sampled,
        after=_after(*cursor.after_or("")),
        updated_since=cursor.updated_since,
        rows=cursor.rows,
    )
    async with query() as connection:
        rows = await store.listed(connection, wanted)
    return Json(page(rows, cursor.limit, key=("portfolio_id",)))


@router.get("/{portfolio_id}", response_model=answers.PortfolioAnswer)
async def get_portfolio(portfolio_id: UUID, query: Queries) -> Json:
    async with query() as connection:
        portfolio = await _in_sight(connection, query.actor, portfolio_id)
        evidence = await store.evidence_of(connection, portfolio_id)
        decisions = await store.decisions_of(connection, portfolio_id, portfolio.revision)
    return answers.whole(portfolio, evidence, decisions)


@router.get("/{portfolio_id}/log", response_model=answers.LogAnswer)
async def get_log(portfolio_id: UUID, query: Queries) -> Json:
    async with query() as connection:
        portfolio = await _in_sight(connection, query.actor, portfolio_id)
        entries = await store.log_of(connection, portfolio_id)
    return Json({"portfolio_id": portfolio_id, "head": portfolio.log_head, "items": entries})


@router.get("/{portfolio_id}/check", response_model=answers.CheckAnswer)
async def get_check(portfolio_id: UUID, query: Queries) -> Json:
    async with query() as connection:
        portfolio = await _in_sight(connection, query.actor, portfolio_id)
        entries = await store.log_of(connection, portfolio_id)
        content = await content_sha256(connection, portfolio)
        evidence = await store.evidence_of(connection, portfolio_id)
    broken = first_broken(portfolio, entries)
    signed = portfolio.content_sha256
    logged = [e.facts["content_sha256"] for e in entries if e.action == "portfolio-signed"]
    # Words that were erased, or whose time was over, can't be hashed again: nobody can tell.
    gone = any(not one.title for one in evidence)
    return Json(
        {
            "portfolio_id": portfolio_id,
            "entries": len(entries),
            "log_intact": broken is None,
            "first_broken": broken,
            "signature_intact": None if signed is None or gone else [content] == [signed] == logged,
            "content_sha256": signed,
        }
    )


@router.post("/{portfolio_id}/evidence", status_code=201, response_model=answers.EvidenceAnswer)
async def post_evidence(
    portfolio_id: UUID, body: EvidenceToRecord, run: Commands, version: IfMatch
) -> Json:
    command = commands.RecordEvidence(portfolio_id=portfolio_id, version=version, entry=body)
    return answers.recorded(*await run(commands.record_evidence, command))


@router.post("/{portfolio_id}/submit", response_model=answers.PortfolioSummary)
async def post_submit(portfolio_id: UUID, run: Commands, version: IfMatch) -> Json:
    command = commands.SubmitPortfolio(portfolio_id=portfolio_id, version=version)
    return answers.summary(await run(commands.submit_portfolio, command))


@router.post("/{portfolio_id}/assess", response_model=answers.PortfolioSummary)
async def post_assess(
    portfolio_id: UUID, body: Assessment, run: Commands, version: IfMatch
) -> Json:
    command = commands.AssessPortfolio(
        portfolio_id=portfolio_id, version=version, decisions=body.decisions
    )
    return answers.summary(await run(commands.assess_portfolio, command))


@router.post("/{portfolio_id}/return", response_model=answers.PortfolioSummary)
async def post_return(portfolio_id: UUID, body: Return, run: Commands, version: IfMatch) -> Json:
    command = commands.ReturnPortfolio(
        portfolio_id=portfolio_id, version=version, reason=body.reason, decisions=body.decisions
    )
    return answers.summary(await run(commands.return_portfolio, command))


@router.post("/{portfolio_id}/quality-assure", response_model=answers.PortfolioSummary)
async def post_quality_assure(
    portfolio_id: UUID, body: QualityAssurance, run: Commands, version: IfMatch
) -> Json:
    command = commands.QualityAssurePortfolio(
        portfolio_id=portfolio_id, version=version, outcome=body.outcome
    )
    return answers.summary(await run(commands.quality_assure_portfolio, command))


@router.post("/{portfolio_id}/sign", response_model=answers.PortfolioSummary)
async def post_sign(portfolio_id: UUID, run: Commands, version: IfMatch) -> Json:
    command = commands.SignPortfolio(portfolio_id=portfolio_id, version=version)
    return answers.summary(await run(commands.sign_portfolio, command))


async def _in_sight(connection: AsyncConnection, actor: Actor, portfolio_id: UUID) -> Portfolio:
    actor.require("candidate", *READERS)
    portfolio = await store.portfolio_of(connection, portfolio_id)
    if portfolio is None or not actor.sees(portfolio.force_id):
        raise NotFound("no such portfolio", field="portfolio_id")
    if actor.roles.isdisjoint(READERS) and actor.person != portfolio.candidate:
        raise NotFound("no such portfolio", field="portfolio_id")
    return portfolio


def _sight(actor: Actor) -> tuple[str | None, UUID | None]:
    """The force and the learner that an actor's lists are limited to."""
    force = None if actor.national else actor.force_id
    if not actor.roles.isdisjoint(LISTERS):
        return force, None
    actor.require("candidate", *LISTERS)
    try:
        return force, UUID(actor.person)
    except ValueError as error:
        raise NotFound("no learner goes by your token's subject") from error


def _after(cursor: str) -> UUID | None:
    try:
        return UUID(cursor) if cursor else None
    except ValueError as error:
        raise CursorMalformed(field="cursor") from error
