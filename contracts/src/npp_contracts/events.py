"""What events publishes: scheduled sessions, places at them and attendance."""

from datetime import date

from npp_contracts.codes import Attendance, CancelledBy, SessionCancellation, SessionKind
from npp_contracts.event import Event
from npp_contracts.ids import (
    Count,
    Instant,
    LearnerId,
    Minutes,
    ModuleCode,
    PlaceId,
    ProgrammeId,
    SessionId,
    Title,
)
from npp_contracts.topics import PLACES, SESSIONS


class SessionScheduled(Event, type="npp.events.session-scheduled.v1", topic=SESSIONS):
    """A session was put on the calendar; `force_id` is its host, or `national`."""

    session_id: SessionId
    kind: SessionKind
    title: Title
    programme_id: ProgrammeId | None
    """The programme it belongs to; null for sessions outside it, such as a week of action's."""
    module: ModuleCode | None
    """The module that full attendance completes; null when it completes none."""
    starts_at: Instant
    ends_at: Instant
    capacity: Count
    """Places, not counting the waiting list."""
    duty_minutes: Minutes
    """Duty time away from the neighbourhood that attending costs, per person."""


class SessionCancelled(Event, type="npp.events.session-cancelled.v1", topic=SESSIONS):
    """A session does not take place; each of its places is cancelled by the organiser as well."""

    session_id: SessionId
    reason: SessionCancellation


class PlaceBooked(Event, type="npp.events.place-booked.v1", topic=PLACES):
    """A learner has a place, at once or from the waiting list."""

    place_id: PlaceId
    session_id: SessionId
    learner_id: LearnerId


class PlaceWaitlisted(Event, type="npp.events.place-waitlisted.v1", topic=PLACES):
    """A learner waits for a place in order of `joined_at`."""

    place_id: PlaceId
    session_id: SessionId
    learner_id: LearnerId
    joined_at: Instant


class PlaceCancelled(Event, type="npp.events.place-cancelled.v1", topic=PLACES):
    """A place, or a position in the waiting list, was given up or taken away."""

    place_id: PlaceId
    session_id: SessionId
    learner_id: LearnerId
    by: CancelledBy
    late: bool
    """Whether it came too close to the start for the place to be filled."""


class AttendanceRecorded(Event, type="npp.events.attendance-recorded.v1", topic=PLACES):
    """The register says whether and how long a learner was there; a recording does not count."""

    place_id: PlaceId
    session_id: SessionId
    learner_id: LearnerId
    kind: SessionKind
    programme_id: ProgrammeId | None
    module: ModuleCode | None
    """The module that `full` attendance completes; null when it completes none."""
    attendance: Attendance
    minutes: Minutes
    """Duty minutes spent; 0 for a no-show."""
    held_on: date
    """The day of the session, in Europe/London."""
