"""Given a submitted portfolio, when somebody assesses, verifies or signs it, then what follows."""

from collections.abc import Callable
from typing import Any

import pytest

from chassis.clock import new_id
from chassis.errors import Refusal
from npp_contracts.codes import QualityOutcome, ReturnReason
from npp_contracts.portfolio import PortfolioQualityAssured, PortfolioReturned
from portfolio.domain import errors
from portfolio.domain.assessment import Verdict, assess, give_back
from portfolio.domain.evidence import submit
from portfolio.domain.portfolio import Portfolio, State
from portfolio.domain.sampling import SamplingPlan
from portfolio.domain.signoff import quality_assure, sign, snapshot_sha256

from . import given

NOBODY, EVERYBODY = SamplingPlan("seed", 0), SamplingPlan("seed", 100)
SHA = "0" * 64


def submitted() -> Portfolio:
    portfolio = given.covered()
    portfolio.apply(submit(portfolio))
    portfolio.contributors = ["sergeant-1"]
    return portfolio


def assessed(plan: SamplingPlan = NOBODY) -> Portfolio:
    portfolio = submitted()
    portfolio.apply(assess(portfolio, given.decisions(portfolio), "assessor-1", plan))
    return portfolio


def test_a_portfolio_with_every_criterion_met_is_assessed() -> None:
    portfolio = submitted()
    event = assess(portfolio, given.decisions(portfolio), "assessor-1", EVERYBODY)
    assert (event.met, event.criteria, event.revision, event.sampled) == (3, 3, 1, True)
    portfolio.apply(event)
    assert (portfolio.state, portfolio.assessor_id) == (State.ASSESSED, "assessor-1")


@pytest.mark.parametrize("verdict", [Verdict.NOT_YET_MET, Verdict.MORE_EVIDENCE_NEEDED])
def test_a_criterion_that_is_not_met_refuses_the_assessment_and_is_named(verdict: Verdict) -> None:
    portfolio = submitted()
    with pytest.raises(errors.CriteriaNotMet) as refused:
        assess(portfolio, given.decisions(portfolio, CE2=verdict), "assessor-1", NOBODY)
    assert (refused.value.status, refused.value.facts["criteria"]) == (422, ["CE2"])


def test_an_assessment_decides_each_criterion_once_and_no_other() -> None:
    portfolio = submitted()
    decided = given.decisions(portfolio)
    with pytest.raises(errors.CriteriaUndecided):
        assess(portfolio, decided[1:], "assessor-1", NOBODY)
    with pytest.raises(errors.CriterionDecidedTwice):
        assess(portfolio, [*decided, decided[0]], "assessor-1", NOBODY)
    decided[0].criterion = "XX9"
    with pytest.raises(errors.CriterionUnknown):
        assess(portfolio, decided, "assessor-1", NOBODY)


def test_a_portfolio_is_returned_with_some_decisions_or_none() -> None:
    portfolio = submitted()
    decided = given.decisions(portfolio, CE1=Verdict.NOT_YET_MET)[:1]
    event = give_back(portfolio, ReturnReason.CRITERIA_NOT_MET, decided, "assessor-1")
    portfolio.apply(event)
    assert (portfolio.state, event.revision) == (State.RETURNED, 1)


def test_quality_assurance_upholds_or_sends_back() -> None:
    portfolio = assessed(EVERYBODY)
    (upheld,) = quality_assure(portfolio, QualityOutcome.UPHELD, "iqa-1")
    portfolio.apply(upheld)
    assert (portfolio.state, portfolio.verifier_id) == (State.QUALITY_ASSURED, "iqa-1")
    for outcome in (QualityOutcome.ACTION_REQUIRED, QualityOutcome.OVERTURNED):
        portfolio = assessed(EVERYBODY)
        events = quality_assure(portfolio, outcome, "iqa-1")
        assert [type(event) for event in events] == [PortfolioQualityAssured, PortfolioReturned]
        for event in events:
            portfolio.apply(event)
        assert portfolio.state is State.RETURNED


def test_a_sampled_portfolio_is_signed_only_after_quality_assurance() -> None:
    portfolio = assessed(EVERYBODY)
    with pytest.raises(errors.QualityAssuranceOutstanding):
        sign(portfolio, SHA, "signer-1", given.AT)
    portfolio.apply(quality_assure(portfolio, QualityOutcome.UPHELD, "iqa-1")[0])
    portfolio.apply(sign(portfolio, SHA, "signer-1", given.AT))
    assert (portfolio.state, portfolio.content_sha256) == (State.SIGNED, SHA)
    with pytest.raises(errors.PortfolioIsSigned):
        sign(portfolio, SHA, "signer-1", given.AT)


def test_quality_assurance_may_look_beyond_its_sample() -> None:
    portfolio = assessed(NOBODY)
    portfolio.apply(quality_assure(portfolio, QualityOutcome.UPHELD, "iqa-1")[0])
    assert sign(portfolio, SHA, "signer-1", given.AT).signer_id == "signer-1"


Act = Callable[[Portfolio, str], Any]
ACTS: dict[str, tuple[Act, Callable[[], Portfolio]]] = {
    "assess": (lambda p, by: assess(p, given.decisions(p), by, NOBODY), submitted),
    "return": (lambda p, by: give_back(p, ReturnReason.OTHER, [], by), submitted),
    "verify": (
        lambda p, by: quality_assure(p, QualityOutcome.UPHELD, by),
        lambda: assessed(EVERYBODY),
    ),
    "sign": (lambda p, by: sign(p, SHA, by, given.AT), assessed),
}


@pytest.mark.parametrize(
    ("act", "who", "refusal"),
    [
        ("assess", "candidate", errors.AssessorIsCandidate),
        ("return", "candidate", errors.AssessorIsCandidate),
        ("verify", "candidate", errors.VerifierIsCandidate),
        ("sign", "candidate", errors.SignerIsCandidate),
        ("verify", "assessor-1", errors.VerifierIsAssessor),
        ("sign", "assessor-1", errors.SignerIsAssessor),
        *((act, "sergeant-1", errors.WitnessNeverDecides) for act in ACTS),
    ],
)
def test_nobody_decides_about_their_own_work(act: str, who: str, refusal: type[Refusal]) -> None:
    decide, made = ACTS[act]
    portfolio = made()
    with pytest.raises(refusal):
        decide(portfolio, portfolio.candidate if who == "candidate" else who)
    assert decide(portfolio, "somebody-else")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", State)
def test_each_act_belongs_to_its_state(act: str, state: State) -> None:
    decide, made = ACTS[act]
    portfolio = made()
    expected = {"sign": {State.ASSESSED, State.QUALITY_ASSURED}, "verify": {State.ASSESSED}}
    portfolio.state = state
    if state in expected.get(act, {State.SUBMITTED}):
        assert decide(portfolio, "somebody-else")
    else:
        with pytest.raises(Refusal):
            decide(portfolio, "somebody-else")


def test_the_sample_can_be_drawn_again_and_has_the_planned_share() -> None:
    people = [new_id() for _ in range(5_000)]
    plan = SamplingPlan("seed-1", 10)
    drawn = [one for one in people if plan.draws(one, 1)]
    assert drawn == [one for one in people if SamplingPlan("seed-1", 10).draws(one, 1)]
    assert 400 < len(drawn) < 600
    assert drawn != [one for one in people if SamplingPlan("seed-2", 10).draws(one, 1)]
    assert not any(NOBODY.draws(one, 1) for one in people)
    assert all(EVERYBODY.draws(one, 1) for one in people)


def test_the_hash_covers_evidence_decisions_and_revision_but_not_their_order() -> None:
    portfolio, framework = assessed(), given.framework()
    evidence = [given.evidence(portfolio), given.evidence(portfolio, title="Beat survey")]
    decided = given.decisions(portfolio)
    before = snapshot_sha256(portfolio, framework, evidence, decided)
    assert snapshot_sha256(portfolio, framework, evidence[::-1], decided[::-1]) == before
    evidence[0].reference += "#2"
    changed = snapshot_sha256(portfolio, framework, evidence, decided)
    decided[0].valid = "not seen"
    again = snapshot_sha256(portfolio, framework, evidence, decided)
    portfolio.revision = 2
    assert (
        len({before, changed, again, snapshot_sha256(portfolio, framework, evidence, decided)}) == 4
    )
