"""Portfolio's tables, what is mapped to them, and the questions that are asked of them."""

from portfolio.store.enrolments import (
    enrolments_of_part,
    exclusively,
    keep_enrolled,
    keep_parts,
    keep_transfer,
    keep_withdrawn,
    openable,
    out_of_step,
    side_by_side,
)
from portfolio.store.portfolios import (
    SUMMARY,
    Reader,
    Wanted,
    decisions_of,
    evidence_of,
    framework_of,
    listed,
    log_of,
    newest_frameworks,
    portfolio_of,
)
from portfolio.store.tables import metadata

__all__ = [
    "SUMMARY",
    "Reader",
    "Wanted",
    "decisions_of",
    "enrolments_of_part",
    "evidence_of",
    "exclusively",
    "framework_of",
    "keep_enrolled",
    "keep_parts",
    "keep_transfer",
    "keep_withdrawn",
    "listed",
    "log_of",
    "metadata",
    "newest_frameworks",
    "openable",
    "out_of_step",
    "portfolio_of",
    "side_by_side",
]
