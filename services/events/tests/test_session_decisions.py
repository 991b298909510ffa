"""Given a session, when it is scheduled, changed or cancelled, then this."""

from datetime import UTC, date, datetime, timedelta

import pytest

from events.domain.errors import (
    CapacityBelowBooked,
    EndsBeforeStart,
    SessionAlreadyCancelled,
    SessionStarted,
    SessionTooLong,
)
from events.domain.session import Changes, SessionState, cancel, change, schedule
from npp_contracts.codes import SessionCancellation

from .given import AFTER, LONG_BEFORE, START, a_session

VENUE_GONE = SessionCancellation.VENUE_UNAVAILABLE


def test_a_session_is_scheduled_with_all_that_others_need() -> None:
    session = a_session()
    event = schedule(session)
    assert (event.force_id, event.session_id) == ("derbyshire", session.session_id)
    assert (event.module, event.capacity, event.duty_minutes) == ("problem-solving-2", 2, 420)


@pytest.mark.parametrize("ends_at", [START, START - timedelta(minutes=1)])
def test_a_session_that_ends_before_it_starts_is_refused(ends_at: datetime) -> None:
    with pytest.raises(EndsBeforeStart) as refused:
        schedule(a_session(ends_at=ends_at))
    assert refused.value.field == "ends_at"


def test_a_session_lasts_a_week_at_most() -> None:
    schedule(a_session(ends_at=START + timedelta(days=7)))
    with pytest.raises(SessionTooLong):
        schedule(a_session(ends_at=START + timedelta(days=7, seconds=1)))


def test_a_change_says_the_whole_session_anew() -> None:
    session = a_session()
    later = START + timedelta(hours=1)
    event = change(session, Changes(capacity=30, starts_at=later), LONG_BEFORE)
    assert (event.capacity, event.starts_at, event.title) == (30, later, session.title)
    session.apply(event)
    assert (session.capacity, session.starts_at, session.ends_at) == (30, later, event.ends_at)


def test_capacity_never_falls_below_what_is_booked() -> None:
    session = a_session(capacity=5, booked=3)
    assert change(session, Changes(capacity=3), LONG_BEFORE).capacity == 3
    with pytest.raises(CapacityBelowBooked):
        change(session, Changes(capacity=2), LONG_BEFORE)


def test_a_started_session_takes_a_recording_link_and_nothing_else() -> None:
    session = a_session()
    assert change(session, Changes(), AFTER).capacity == 2
    with pytest.raises(SessionStarted):
        change(session, Changes(capacity=3), AFTER)
    with pytest.raises(SessionStarted):
        change(session, Changes(title="Another"), START)


def test_a_session_is_cancelled_once_and_before_it_starts() -> None:
    session = a_session()
    with pytest.raises(SessionStarted):
        cancel(session, VENUE_GONE, START)
    session.apply(cancel(session, VENUE_GONE, LONG_BEFORE))
    assert (session.state, session.cancellation) == (SessionState.CANCELLED, VENUE_GONE)
    with pytest.raises(SessionAlreadyCancelled):
        cancel(session, VENUE_GONE, LONG_BEFORE)
    with pytest.raises(SessionAlreadyCancelled):
        change(session, Changes(capacity=9), LONG_BEFORE)


def test_the_day_of_a_session_is_that_of_london() -> None:
    just_after_midnight = datetime(2026, 6, 18, 23, 30, tzinfo=UTC)
    assert a_session(starts_at=just_after_midnight).held_on == date(2026, 6, 19)
    in_winter = datetime(2026, 12, 18, 23, 30, tzinfo=UTC)
    assert a_session(starts_at=in_winter).held_on == date(2026, 12, 18)


@pytest.mark.parametrize(
    ("duty_minutes", "hours", "threshold"),
    [(420, 8, 336), (420, 1, 48), (0, 1, 48), (7, 8, 6)],
)
def test_full_attendance_is_a_share_of_duty_time_within_the_session(
    duty_minutes: int, hours: int, threshold: int
) -> None:
    session = a_session(duty_minutes=duty_minutes, ends_at=START + timedelta(hours=hours))
    assert session.full_attendance_minutes == threshold
