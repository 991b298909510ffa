"""Quality assurance and sign-off."""

from chassis.work import Work
from npp_contracts.codes import QualityOutcome
from portfolio import store
from portfolio.commands.portfolios import PortfolioCommand, locked, person, record
from portfolio.domain.portfolio import Portfolio
from portfolio.domain.signoff import may_sign, quality_assure, sign, snapshot_sha256
from portfolio.store import Reader


class QualityAssurePortfolio(PortfolioCommand):
    """Say whether the assessor's decision stands."""

    outcome: QualityOutcome


class SignPortfolio(PortfolioCommand):
    """Put the force's name to the portfolio."""


async def quality_assure_portfolio(work: Work, command: QualityAssurePortfolio) -> Portfolio:
    work.actor.require("iqa")
    portfolio = await locked(work, command)
    for event in quality_assure(portfolio, command.outcome, person(work.actor)):
        record(work, portfolio, event)
    return portfolio


async def sign_portfolio(work: Work, command: SignPortfolio) -> Portfolio:
    work.actor.require("force-signoff")
    portfolio, by = await locked(work, command), person(work.actor)
    may_sign(portfolio, by)
    content = await content_sha256(work.session, portfolio)
    return record(work, portfolio, sign(portfolio, content, by, work.now))


async def content_sha256(reader: Reader, portfolio: Portfolio) -> str:
    """The hash of what a signature covers, from the rows as they are now."""
    code, version = portfolio.framework, portfolio.framework_version
    framework = await store.framework_of(reader, code, version)
    assert framework is not None  # noqa: S101  the database holds it by a foreign key
    evidence = await store.evidence_of(reader, portfolio.portfolio_id)
    decisions = await store.decisions_of(reader, portfolio.portfolio_id, portfolio.revision)
    return snapshot_sha256(portfolio, framework, evidence, decisions)
