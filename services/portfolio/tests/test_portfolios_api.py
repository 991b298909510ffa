"""A portfolio over HTTP from draft to sign-off, with what goes wrong on the way."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from portfolio import settings

from . import given
from .people import EVIDENCE, Case, judged
from .world import World


@pytest.fixture
def sampled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everybody is in the quality assurance sample."""
    monkeypatch.setenv("PORTFOLIO_SAMPLING_PERCENT", "100")
    settings.sampling.cache_clear()
    yield
    settings.sampling.cache_clear()


@pytest.fixture
def unsampled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody is."""
    monkeypatch.setenv("PORTFOLIO_SAMPLING_PERCENT", "0")
    settings.sampling.cache_clear()
    yield
    settings.sampling.cache_clear()


@pytest.mark.usefixtures("unsampled")
async def test_from_draft_to_sign_off(world: World) -> None:
    case = await Case.open(world)
    answer = await case.put_in()
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"2"')
    assert answer.json()["criteria"] == given.CODES
    assert (await case.submit()).json()["state"] == "submitted"
    assert (await case.assess()).json()["state"] == "assessed"
    answer = await case.sign()
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"5"')
    signed = answer.json()
    assert (signed["state"], signed["revision"], signed["signer_id"]) == ("signed", 1, "signer-1")
    assert await world.published(case.row.portfolio_id) == [
        "portfolio-opened",
        "evidence-recorded",
        "portfolio-submitted",
        "portfolio-assessed",
        "portfolio-signed",
    ]
    whole = await case.whole()
    assert [one["decision"] for one in whole["decisions"]] == ["met"] * 3
    assert (len(whole["evidence"]), whole["uncovered"]) == (1, [])


@pytest.mark.usefixtures("sampled")
async def test_a_sampled_portfolio_goes_through_quality_assurance(world: World) -> None:
    case = await Case.open(world)
    assert (await case.reach_assessed())["sampled"] is True
    refused = await case.sign()
    assert (refused.status_code, refused.json()["code"]) == (409, "quality-assurance-outstanding")
    assert (await case.assure()).json()["state"] == "quality-assured"
    assert (await case.sign()).json()["verifier_id"] == "iqa-1"


@pytest.mark.usefixtures("sampled")
async def test_an_overturned_assessment_is_done_again_as_the_next_revision(world: World) -> None:
    case = await Case.open(world)
    await case.reach_assessed()
    answer = await case.assure("overturned")
    assert (answer.json()["state"], answer.headers["ETag"]) == ("returned", '"6"')
    assert (await case.submit()).json()["revision"] == 2
    assert (await case.assess()).json()["state"] == "assessed"


async def test_what_is_not_met_is_returned_with_the_assessors_record(world: World) -> None:
    case = await Case.open(world)
    await case.put_in()
    await case.submit()
    refused = await case.assess(CE2="more-evidence-needed")
    assert (refused.status_code, refused.json()["code"]) == (422, "criteria-not-met")
    assert refused.json()["facts"] == {"criteria": ["CE2"]}
    assert (await case.whole())["decisions"] == []
    returned = await case.give_back(**judged(CE2="more-evidence-needed"))
    assert returned.json()["state"] == "returned"
    assert [d["decision"] for d in (await case.whole())["decisions"]] == [
        "met",
        "more-evidence-needed",
        "met",
    ]
    await case.put_in(criteria=["CE2"])
    assert (await case.submit()).json()["revision"] == 2


@pytest.mark.usefixtures("unsampled")
async def test_nothing_changes_after_sign_off(world: World) -> None:
    case = await Case.open(world)
    await case.reach_assessed()
    await case.sign()
    before = await case.whole()
    for act in (case.put_in, case.submit, case.assess, case.give_back, case.sign):
        assert (await act()).json()["code"] == "portfolio-is-signed"
    await world.deliver((given.withdrawn(case.row.enrolment_id, case.row.learner_id), 2))
    assert await case.whole() == before
    sql = "UPDATE portfolios SET revision = 2 WHERE portfolio_id = :id RETURNING 1"
    with pytest.raises(Exception, match="portfolio is signed"):
        await world.rows(sql, id=case.row.portfolio_id)


async def test_a_withdrawn_portfolio_rests(world: World) -> None:
    case = await Case.open(world)
    await case.reach_assessed()
    await world.deliver((given.withdrawn(case.row.enrolment_id, case.row.learner_id), 2))
    for act in (case.put_in, case.submit, case.assure, case.sign):
        assert (await act()).json()["code"] == "portfolio-is-withdrawn"
    back = given.enrolled(case.row.enrolment_id, case.row.learner_id)
    await world.deliver((back, 3))
    assert (await case.whole())["state"] == "assessed"


async def test_who_gave_testimony_never_decides(world: World) -> None:
    case = await Case.open(world)
    case.signer = world.person("sergeant-1", "force-signoff")
    testimony = {"kind": "witness-testimony", "criteria": ["CE1"]}
    assert (await case.put_in(case.sergeant, **testimony)).status_code == 201
    refused = await case.put_in(case.sergeant, kind="reflective-account")
    assert refused.json()["code"] == "kind-needs-candidate"
    await case.reach_assessed()
    assert (await case.sign()).json()["code"] == "witness-never-decides"


async def test_nobody_decides_about_their_own_portfolio(world: World) -> None:
    case = await Case.open(world)
    roles = ("candidate", "assessor", "iqa", "force-signoff")
    case.assessor = case.verifier = case.signer = world.person(case.row.learner_id, *roles)
    await case.put_in()
    await case.submit()
    answers = [await act() for act in (case.assess, case.give_back, case.assure, case.sign)]
    assert [answer.json()["code"] for answer in answers] == [
        "assessor-is-candidate",
        "assessor-is-candidate",
        "verifier-is-candidate",
        "signer-is-candidate",
    ]


async def test_every_act_needs_its_role(world: World) -> None:
    case = await Case.open(world)
    sergeant = case.sergeant
    bodies = {
        "submit": {},
        "assess": judged(),
        "return": {"reason": "other"},
        "quality-assure": {"outcome": "upheld"},
        "sign": {},
    }
    for act, body in bodies.items():
        assert (await sergeant.post(case.path(act), body)).status_code == 403
    author = world.person("author-1", "assessment-author", force_id="national")
    assert (await author.post(case.path("evidence"), EVIDENCE)).status_code == 403


async def test_a_stale_version_changes_nothing(world: World) -> None:
    case = await Case.open(world)
    await case.put_in()
    stale = await case.candidate.post(case.path("submit"), {}, If_Match='"1"')
    assert (stale.status_code, stale.json()["facts"]) == (412, {"current": 2})
    current = await case.candidate.post(case.path("submit"), {}, If_Match='"2"')
    assert current.status_code == 200


async def test_evidence_sent_twice_with_one_key_is_put_in_once(world: World) -> None:
    case = await Case.open(world)
    path, key = case.path("evidence"), f"entry-{case.row.portfolio_id}"
    first = await case.candidate.post(path, EVIDENCE, Idempotency_Key=key)
    again = await case.candidate.post(path, EVIDENCE, Idempotency_Key=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["ETag"] == first.headers["ETag"]
    other = await case.candidate.post(path, EVIDENCE | {"title": "B"}, Idempotency_Key=key)
    assert other.status_code == 422
    assert len((await case.whole())["evidence"]) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "rumour"}, "kind"),
        ({"criteria": ["XX9"]}, "criteria"),
        ({"criteria": []}, "criteria"),
        ({"event_date": "2999-01-01"}, "event_date"),
        ({"event_date": "01/06/2026"}, "event_date"),
        ({"reference": "data:text/plain,hello"}, "reference"),
        ({"reference": "x" * 1_001}, "reference"),
        ({"title": "  "}, "title"),
        ({"title": "nul \x00 inside"}, "title"),
        ({"entry_date": "2026-06-01"}, "entry_date"),
    ],
)
async def test_evidence_that_breaks_a_rule_names_it_and_changes_nothing(
    world: World, change: dict[str, Any], field: str
) -> None:
    case = await Case.open(world)
    answer = await case.put_in(**change)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert await world.published(case.row.portfolio_id) == ["portfolio-opened"]


async def test_a_subject_that_events_cannot_carry_is_refused(world: World) -> None:
    case = await Case.open(world)
    case.assessor = world.person("pat.smith@kent.police.example", "assessor")
    await case.put_in()
    await case.submit()
    answer = await case.assess()
    assert (answer.status_code, answer.json()["code"]) == (403, "subject-not-opaque")


async def test_what_is_no_portfolio_is_not_found(world: World) -> None:
    case = await Case.open(world)
    nowhere = f"/portfolios/{UUID(int=7)}"
    assert (await case.assessor.get(nowhere)).status_code == 404
    assert (await case.signer.post(f"{nowhere}/sign", {})).status_code == 404
    assert (await case.signer.post("/portfolios/seven/sign", {})).status_code == 422
