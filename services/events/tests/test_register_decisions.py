"""Given a session under way, when its register is taken, then this."""

from uuid import uuid4

import pytest

from chassis.errors import Refusal
from events.domain.errors import (
    AttendanceOrMinutesNeeded,
    CorrectionNeedsReason,
    LearnerHasNoPlace,
    MinutesNeeded,
    NoRoomForWalkIn,
    NoShowHasNoMinutes,
    OverrideNeedsReason,
    SessionAlreadyCancelled,
    SessionNotStarted,
)
from events.domain.place import PlaceState
from events.domain.register import Entry, Mark, attend, mark, require_register_open, walk_in
from events.domain.session import SessionState
from npp_contracts.codes import Attendance

from .given import AFTER, LONG_BEFORE, START, a_place, a_session

FULL, PART, NO_SHOW = Attendance.FULL, Attendance.PART, Attendance.NO_SHOW
SESSION = a_session(duty_minutes=420)  # full from 336 minutes


def test_the_register_opens_with_the_session() -> None:
    require_register_open(a_session(), START)
    with pytest.raises(SessionNotStarted):
        require_register_open(a_session(), LONG_BEFORE)
    with pytest.raises(SessionAlreadyCancelled):
        require_register_open(a_session(state=SessionState.CANCELLED), AFTER)


@pytest.mark.parametrize(
    ("attendance", "minutes", "reason", "expected"),
    [
        (FULL, None, None, Mark(FULL, 420)),
        (NO_SHOW, None, None, Mark(NO_SHOW, 0)),
        (NO_SHOW, 0, None, Mark(NO_SHOW, 0)),
        (None, 336, None, Mark(FULL, 336)),
        (None, 335, None, Mark(PART, 335)),
        (None, 0, None, Mark(NO_SHOW, 0)),
        (PART, 200, None, Mark(PART, 200)),
        (FULL, 200, "called away on duty", Mark(FULL, 200)),
        (PART, 400, "missed the exercise", Mark(PART, 400)),
    ],
)
def test_a_line_becomes_attendance_and_minutes(
    attendance: Attendance | None, minutes: int | None, reason: str | None, expected: Mark
) -> None:
    assert mark(SESSION, Entry(uuid4(), attendance, minutes, reason)) == expected


@pytest.mark.parametrize(
    ("attendance", "minutes", "refusal", "field"),
    [
        (None, None, AttendanceOrMinutesNeeded, "attendance"),
        (PART, None, MinutesNeeded, "minutes"),
        (FULL, 335, OverrideNeedsReason, "reason"),
        (PART, 336, OverrideNeedsReason, "reason"),
        (NO_SHOW, 1, NoShowHasNoMinutes, "minutes"),
    ],
)
def test_a_line_that_contradicts_itself_is_refused(
    attendance: Attendance | None, minutes: int | None, refusal: type[Refusal], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        mark(SESSION, Entry(uuid4(), attendance, minutes))
    assert refused.value.field == field


def test_attendance_names_what_it_may_complete() -> None:
    place = a_place(SESSION, force_id="kent", state=PlaceState.BOOKED)
    event = attend(SESSION, place, Mark(FULL, 420), None)
    assert event is not None
    assert (event.force_id, event.programme_id, event.module) == (
        "kent",
        "npp",
        "problem-solving-2",
    )
    assert (event.attendance, event.minutes, event.held_on) == (FULL, 420, SESSION.held_on)


def test_the_same_mark_again_is_nothing_new() -> None:
    place = a_place(SESSION, attendance=FULL, minutes=420)
    assert attend(SESSION, place, Mark(FULL, 420), None) is None


def test_a_correction_needs_a_reason() -> None:
    place = a_place(SESSION, attendance=FULL, minutes=420)
    with pytest.raises(CorrectionNeedsReason):
        attend(SESSION, place, Mark(NO_SHOW, 0), None)
    corrected = attend(SESSION, place, Mark(NO_SHOW, 0), "signed in for a colleague")
    assert corrected is not None
    assert corrected.attendance is NO_SHOW


def test_a_walk_in_takes_a_free_seat_or_that_of_a_no_show() -> None:
    for session in (a_session(capacity=2, booked=1), a_session(capacity=2, booked=2, no_shows=1)):
        walk_in(session, a_place(session), Mark(FULL, 420))
    full = a_session(capacity=2, booked=2)
    with pytest.raises(NoRoomForWalkIn):
        walk_in(full, a_place(full), Mark(FULL, 420))


def test_who_has_no_place_cannot_fail_to_show() -> None:
    with pytest.raises(LearnerHasNoPlace):
        walk_in(SESSION, a_place(SESSION), Mark(NO_SHOW, 0))
