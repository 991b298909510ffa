"""Given an attempt, when its result is decided, then this event or this refusal."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from assessment.domain.attempt import Attempt, History, State, allot
from assessment.domain.blueprint import Blueprint, Item
from assessment.domain.errors import (
    AbsenceAlreadyRecorded,
    AttemptIsVoid,
    AttemptNotMarked,
    LearnerHasAttempted,
)
from assessment.domain.results import miss, promote, release, void
from assessment.domain.sitting import start, submit
from npp_contracts.codes import Form, Occasion, Outcome

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
ITEMS = (Item("1", ("a", "b"), "b"),)
BLUEPRINT = Blueprint(
    "NPP1-KNOWLEDGE",
    "npp",
    1,
    "NPP1",
    "Knowledge",
    Decimal(60),
    30,
    {Form.A: ITEMS, Form.B: ITEMS},
)


def attempt() -> Attempt:
    return allot(uuid4(), uuid4(), "derbyshire", BLUEPRINT, Occasion.BASELINE)


def marked(percent: str = "75.00") -> Attempt:
    given = attempt()
    given.apply(start(given, History(), NINE))
    given.apply(submit(given, NINE))
    given.score_percent = Decimal(percent)
    return given


def released(percent: str = "75.00", *, first: bool = True) -> Attempt:
    given = marked(percent)
    given.apply(release(given, BLUEPRINT, first=first))
    return given


@pytest.mark.parametrize(
    ("percent", "outcome"),
    [("0.00", Outcome.FAILED), ("59.99", Outcome.FAILED), ("60.00", Outcome.PASSED)],
)
def test_release_says_score_and_outcome(percent: str, outcome: Outcome) -> None:
    event = release(marked(percent), BLUEPRINT, first=True)
    assert (event.outcome, event.score_percent) == (outcome, Decimal(percent))
    assert (event.valid, event.first_valid) == (True, True)


def test_release_happens_once_and_only_to_what_was_handed_in() -> None:
    unsubmitted = attempt()
    unsubmitted.apply(start(unsubmitted, History(), NINE))
    for given in (unsubmitted, released()):
        with pytest.raises(AttemptNotMarked):
            release(given, BLUEPRINT, first=True)


def test_void_takes_score_and_validity_from_whatever_was_there() -> None:
    for given in (attempt(), marked(), released()):
        event = void(given)
        assert (event.outcome, event.score_percent) == (Outcome.VOID, None)
        assert (event.valid, event.first_valid) == (False, False)
        given.apply(event)
        assert (given.state, given.first_valid) == (State.VOID, False)
        with pytest.raises(AttemptIsVoid):
            void(given)


def test_void_keeps_the_mark_for_the_record() -> None:
    given = released("80.00")
    given.apply(void(given))
    assert given.score_percent == Decimal("80.00")


def test_promote_announces_the_next_one_only_if_its_result_is_known() -> None:
    event = promote(released("40.00", first=False))
    assert event is not None
    assert (event.outcome, event.first_valid) == (Outcome.FAILED, True)
    assert event.score_percent == Decimal("40.00")
    assert promote(released(first=True)) is None
    assert promote(marked()) is None


def test_absence_has_no_score_and_is_no_attempt_that_counts() -> None:
    given = attempt()
    event = miss(given, History())
    assert (event.outcome, event.score_percent, event.valid) == (Outcome.ABSENT, None, False)
    given.apply(event)
    assert (given.state, given.submitted_at) == (State.ABSENT, None)


def test_absence_is_said_once_and_not_of_somebody_who_came() -> None:
    with pytest.raises(AbsenceAlreadyRecorded):
        miss(attempt(), History(absence=uuid4()))
    for history in (History(has_valid=True), History(open_attempt=uuid4())):
        with pytest.raises(LearnerHasAttempted):
            miss(attempt(), history)
