"""Whether somebody may be erased, by when, and what is said of it."""

from datetime import date
from uuid import uuid4

import pytest

from chassis.errors import Refusal
from enrolment.domain.erasure import Ground, Request, due_on, erase, lift_hold, place_hold
from enrolment.domain.errors import (
    AlreadyHeld,
    HolderErased,
    HolderTransferred,
    LearnerHeld,
    NotHeld,
    ReasonNamesPerson,
    RequestInFuture,
)
from enrolment.domain.learner import Learner, Person, Posting, learner_of, posting_on, who_had
from enrolment.domain.roster import held_since
from npp_contracts.codes import Rank, WorkerType

TODAY = date(2026, 11, 22)
ASKED = Request(Ground.NO_LONGER_NECESSARY, "left, and asked", TODAY)


def person(joined_on: date = date(2020, 3, 1)) -> Person:
    names = "77", "Siân", "Ŵyn-Jones", "sian@kent.police.example"
    return Person(*names, WorkerType.PCSO, Rank.NONE, True, joined_on)


def learner() -> Learner:
    return learner_of(person(), uuid4(), "kent")


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-22", "2026-12-22"),
        ("2026-12-31", "2027-01-31"),
        ("2027-01-31", "2027-02-28"),
        ("2028-01-30", "2028-02-29"),
        ("2026-10-31", "2026-11-30"),
    ],
)
def test_it_is_due_a_calendar_month_later(asked: str, due: str) -> None:
    assert due_on(date.fromisoformat(asked)) == date.fromisoformat(due)


def test_each_force_that_has_or_had_somebody_is_told_the_present_one_last() -> None:
    said = erase(learner(), ["kent", "essex", "surrey"], False, ASKED, TODAY)
    assert [each.force_id for each in said] == ["essex", "surrey", "kent"]
    assert {each.due_on for each in said} == {date(2026, 12, 22)}


def test_what_is_on_hold_is_not_erased() -> None:
    with pytest.raises(LearnerHeld):
        erase(learner(), ["kent"], True, ASKED, TODAY)


def test_a_request_is_not_of_tomorrow() -> None:
    tomorrow = Request(Ground.OBJECTION, "asked", date(2026, 11, 23))
    with pytest.raises(RequestInFuture):
        erase(learner(), ["kent"], False, tomorrow, TODAY)


@pytest.mark.parametrize(
    "reason",
    [
        "PCSO Siân asked",
        "letter from Ŵyn-Jones.",
        "number 77, left",
        "wrote from sian@kent.police.example",
        "WROTE FROM SIAN@KENT.POLICE.EXAMPLE",
    ],
)
def test_a_reason_names_nobody(reason: str) -> None:
    for refused in (
        lambda: erase(learner(), ["kent"], False, Request(Ground.OBJECTION, reason, TODAY), TODAY),
        lambda: place_hold(learner(), False, reason),
        lambda: lift_hold(learner(), True, reason),
    ):
        with pytest.raises(ReasonNamesPerson) as refusal:
            refused()
        assert refusal.value.field == "reason"


@pytest.mark.parametrize(
    ("decide", "held", "refusal"), [(place_hold, True, AlreadyHeld), (lift_hold, False, NotHeld)]
)
def test_a_hold_is_placed_once_and_lifted_once(
    decide: object, held: bool, refusal: type[Refusal]
) -> None:
    assert callable(decide)
    with pytest.raises(refusal):
        decide(learner(), held, "a claim")
    assert decide(learner(), not held, "a claim").force_id == "kent"


def test_a_number_of_somebody_who_was_erased_is_nobodys_until_then_and_anew_after() -> None:
    gone = Posting(None, date(2020, 3, 1), date(2026, 11, 22))
    after = Posting(uuid4(), date(2026, 12, 1), None)
    for on in (date(2019, 1, 1), date(2026, 11, 21)):
        holder = posting_on([after, gone], on)
        assert holder == gone
        assert who_had([after, gone], on) is None
    assert who_had([after, gone], date(2026, 12, 1)) == after.learner_id


def test_a_roster_does_not_bring_back_who_was_erased() -> None:
    gone = Posting(None, date(2020, 3, 1), date(2026, 11, 22))
    moved = Posting(uuid4(), date(2020, 3, 1), date(2026, 11, 22))
    with pytest.raises(HolderErased):
        held_since(person(), [gone])
    with pytest.raises(HolderTransferred):
        held_since(person(), [moved])
    assert held_since(person(date(2026, 11, 22)), [gone]) == date(2026, 11, 22)
