"""Given a portfolio, when evidence is put in or it is handed in, then this fact or that refusal."""

from datetime import date
from typing import Any

import pytest

from chassis.errors import Refusal
from npp_contracts.codes import EvidenceKind
from portfolio.domain.errors import (
    CriteriaWithoutEvidence,
    CriterionUnknown,
    EventAfterEntry,
    KindNeedsCandidate,
    PortfolioIsSigned,
    PortfolioIsWithdrawn,
    PortfolioUnderAssessment,
    ReferenceIsCopy,
)
from portfolio.domain.evidence import record_evidence, submit
from portfolio.domain.portfolio import Portfolio, State

from . import given


def test_evidence_of_the_candidate_covers_its_criteria() -> None:
    portfolio = given.draft()
    event = record_evidence(portfolio, given.evidence(portfolio, criteria=["PS1", "CE1"]))
    portfolio.apply(event)
    assert portfolio.covered == ["CE1", "PS1"]
    assert (event.event_date, event.entry_date) == (date(2026, 6, 1), given.AT.date())


@pytest.mark.parametrize("kind", EvidenceKind)
def test_others_put_in_only_what_they_saw(kind: EvidenceKind) -> None:
    portfolio = given.draft()
    seen = {"observation", "witness-testimony", "supervisor-feedback"}
    entry = given.evidence(portfolio, kind=kind, recorded_by="sergeant-1")
    if kind in seen:
        assert record_evidence(portfolio, entry).kind is kind
    else:
        with pytest.raises(KindNeedsCandidate):
            record_evidence(portfolio, entry)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"event_date": date(2026, 6, 18)}, EventAfterEntry),
        ({"criteria": ["CE1", "XX9"]}, CriterionUnknown),
        ({"reference": "DATA:text/plain;base64,aGVsbG8="}, ReferenceIsCopy),
        ({"reference": "file:///statements/one.docx"}, ReferenceIsCopy),
    ],
)
def test_evidence_that_breaks_a_rule_is_refused(
    changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    portfolio = given.draft()
    with pytest.raises(refusal) as refused:
        record_evidence(portfolio, given.evidence(portfolio, **changes))
    assert refused.value.field in changes


def test_evidence_of_today_is_accepted() -> None:
    portfolio = given.draft()
    event = record_evidence(portfolio, given.evidence(portfolio, event_date=given.AT.date()))
    assert event.event_date == event.entry_date


def test_submitting_needs_evidence_for_every_criterion() -> None:
    portfolio = given.draft()
    portfolio.apply(record_evidence(portfolio, given.evidence(portfolio, criteria=["CE1"])))
    with pytest.raises(CriteriaWithoutEvidence) as refused:
        submit(portfolio)
    assert refused.value.facts == {"criteria": ["CE2", "PS1"]}


def test_submitting_again_after_a_return_raises_the_revision() -> None:
    portfolio = given.covered()
    portfolio.apply(submit(portfolio))
    assert (portfolio.state, portfolio.revision) == (State.SUBMITTED, 1)
    portfolio.state = State.RETURNED
    portfolio.assessor_id, portfolio.verifier_id, portfolio.sampled = "a", "v", True
    portfolio.apply(submit(portfolio))
    assert (portfolio.state, portfolio.revision) == (State.SUBMITTED, 2)
    cleared: list[object] = [portfolio.assessor_id, portfolio.verifier_id, portfolio.sampled]
    assert cleared == [None, None, False]


CLOSED = {
    State.SUBMITTED: PortfolioUnderAssessment,
    State.ASSESSED: PortfolioUnderAssessment,
    State.QUALITY_ASSURED: PortfolioUnderAssessment,
    State.SIGNED: PortfolioIsSigned,
    State.WITHDRAWN: PortfolioIsWithdrawn,
}


def test_every_state_is_open_for_work_or_refuses_it() -> None:
    assert set(State) == {State.DRAFT, State.RETURNED, *CLOSED}


@pytest.mark.parametrize("state", CLOSED)
def test_a_closed_portfolio_takes_neither_evidence_nor_submission(state: State) -> None:
    portfolio = given.covered()
    portfolio.state = state
    with pytest.raises(CLOSED[state]):
        record_evidence(portfolio, given.evidence(portfolio))
    with pytest.raises(CLOSED[state]):
        submit(portfolio)


@pytest.mark.parametrize("state", [s for s in State if s not in (State.SIGNED, State.WITHDRAWN)])
def test_a_withdrawn_portfolio_goes_on_where_it_was(state: State) -> None:
    portfolio = given.draft()
    portfolio.state = state
    portfolio.withdraw()
    portfolio.withdraw()
    assert portfolio.state is State.WITHDRAWN
    portfolio.reinstate()
    assert (portfolio.state, portfolio.state_before) == (state, None)


def test_what_was_signed_stays_signed() -> None:
    portfolio: Portfolio = given.draft()
    portfolio.state = State.SIGNED
    portfolio.withdraw()
    portfolio.reinstate()
    assert portfolio.state is State.SIGNED
