"""Commands: load, decide, record; each in one transaction with its events."""

from portfolio.commands.assessment import (
    AssessPortfolio,
    Judgement,
    ReturnPortfolio,
    assess_portfolio,
    return_portfolio,
)
from portfolio.commands.enrolments import Due, catch_up, settle, what_is_due
from portfolio.commands.evidence import (
    RecordEvidence,
    SubmitPortfolio,
    record_evidence,
    submit_portfolio,
)
from portfolio.commands.frameworks import PublishFramework, publish_framework
from portfolio.commands.signoff import (
    QualityAssurePortfolio,
    SignPortfolio,
    quality_assure_portfolio,
    sign_portfolio,
)
from portfolio.commands.transfers import move_portfolios

__all__ = [
    "AssessPortfolio",
    "Due",
    "Judgement",
    "PublishFramework",
    "QualityAssurePortfolio",
    "RecordEvidence",
    "ReturnPortfolio",
    "SignPortfolio",
    "SubmitPortfolio",
    "assess_portfolio",
    "catch_up",
    "move_portfolios",
    "publish_framework",
    "quality_assure_portfolio",
    "record_evidence",
    "return_portfolio",
    "settle",
    "sign_portfolio",
    "submit_portfolio",
    "what_is_due",
]
