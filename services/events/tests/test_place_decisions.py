"""Given a session, when learners join, cancel or wait, then this."""

from datetime import datetime, timedelta

import pytest

from events.domain.errors import (
    AttendanceAlreadyRecorded,
    PlaceAlreadyCancelled,
    SessionAlreadyCancelled,
    SessionStarted,
)
from events.domain.place import Place, PlaceState, give_up, promotable, promote, take
from events.domain.session import Session, SessionState
from npp_contracts.codes import Attendance, CancelledBy
from npp_contracts.events import PlaceBooked, PlaceCancelled, PlaceWaitlisted

from .given import AFTER, LONG_BEFORE, SHORTLY_BEFORE, START, a_place, a_session

PERSON = CancelledBy.PERSON


def joins(session: Session, place: Place) -> Place:
    return follows(session, place, take(session, place, LONG_BEFORE))


def follows(
    session: Session, place: Place, event: PlaceBooked | PlaceWaitlisted | PlaceCancelled
) -> Place:
    before = place.counts
    place.apply(event)
    session.recount(before, place.counts)
    return place


def test_free_places_are_booked_and_the_next_learner_waits() -> None:
    session = a_session(capacity=2)
    places = [joins(session, a_place(session)) for _ in range(4)]
    assert [place.state for place in places] == [
        PlaceState.BOOKED,
        PlaceState.BOOKED,
        PlaceState.WAITLISTED,
        PlaceState.WAITLISTED,
    ]
    assert [place.position for place in places] == [0, 0, 1, 2]
    assert (session.booked, session.waiting, session.available) == (2, 2, 0)


def test_a_place_belongs_to_the_learners_force() -> None:
    session = a_session(force_id="national")
    event = take(session, a_place(session, force_id="kent"), LONG_BEFORE)
    assert event.force_id == "kent"


def test_nobody_overtakes_those_who_wait() -> None:
    session = a_session(capacity=1, waiting=1)
    assert isinstance(take(session, a_place(session), LONG_BEFORE), PlaceWaitlisted)


def test_who_joins_again_joins_the_tail() -> None:
    session = a_session(capacity=1)
    joins(session, a_place(session))
    first, second = (joins(session, a_place(session)) for _ in range(2))
    follows(session, first, give_up(session, first, PERSON, LONG_BEFORE))
    again = joins(session, a_place(session, learner_id=first.learner_id))
    assert again.position > second.position


def test_a_freed_place_goes_to_who_waits() -> None:
    session = a_session(capacity=1)
    booked, waiting = (joins(session, a_place(session)) for _ in range(2))
    assert promotable(session, LONG_BEFORE) == 0
    follows(session, booked, give_up(session, booked, PERSON, LONG_BEFORE))
    assert promotable(session, LONG_BEFORE) == 1
    follows(session, waiting, promote(waiting))
    assert (waiting.state, session.booked, session.waiting) == (PlaceState.BOOKED, 1, 0)


def test_a_higher_capacity_frees_as_many_places_as_it_adds() -> None:
    assert promotable(a_session(capacity=4, booked=2, waiting=3), LONG_BEFORE) == 2
    assert promotable(a_session(capacity=9, booked=2, waiting=3), LONG_BEFORE) == 3


def test_nobody_is_given_a_place_once_the_session_has_started() -> None:
    session = a_session(capacity=4, booked=2, waiting=3)
    assert promotable(session, START) == 0
    with pytest.raises(SessionStarted):
        take(session, a_place(session), START)
    with pytest.raises(SessionStarted):
        give_up(session, a_place(session, state=PlaceState.BOOKED), PERSON, AFTER)


def test_a_session_entered_after_the_fact_takes_its_places_then() -> None:
    session = a_session(retrospective=True, capacity=1)
    place = a_place(session)
    follows(session, place, take(session, place, AFTER))
    event = give_up(session, place, PERSON, AFTER)
    assert not event.late


def test_a_cancelled_session_has_no_places() -> None:
    session = a_session(state=SessionState.CANCELLED)
    with pytest.raises(SessionAlreadyCancelled):
        take(session, a_place(session), LONG_BEFORE)


@pytest.mark.parametrize(
    ("at", "late"),
    [
        (LONG_BEFORE, False),
        (START - timedelta(hours=24), False),
        (START - timedelta(hours=24) + timedelta(seconds=1), True),
        (SHORTLY_BEFORE, True),
    ],
)
def test_a_cancellation_within_a_day_of_the_start_is_late(at: datetime, late: bool) -> None:
    session = a_session()
    place = a_place(session, state=PlaceState.BOOKED)
    event = give_up(session, place, CancelledBy.ORGANISER, at)
    assert (event.late, event.by) == (late, CancelledBy.ORGANISER)


def test_a_place_is_given_up_once() -> None:
    session = a_session()
    with pytest.raises(PlaceAlreadyCancelled):
        give_up(session, a_place(session, state=PlaceState.CANCELLED), PERSON, LONG_BEFORE)


def test_a_place_with_attendance_cannot_be_given_up() -> None:
    session = a_session(retrospective=True)
    place = a_place(session, state=PlaceState.BOOKED, attendance=Attendance.FULL)
    with pytest.raises(AttendanceAlreadyRecorded):
        give_up(session, place, PERSON, AFTER)
