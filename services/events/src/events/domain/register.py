"""The register: who was there and for how long, against the threshold fixed at the start."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.domain.errors import (
    AttendanceOrMinutesNeeded,
    CorrectionNeedsReason,
    LearnerHasNoPlace,
    MinutesNeeded,
    NoRoomForWalkIn,
    NoShowHasNoMinutes,
    OverrideNeedsReason,
    SessionNotStarted,
)
from events.domain.place import Place, PlaceState
from events.domain.session import Session
from npp_contracts.codes import Attendance
from npp_contracts.events import AttendanceRecorded, PlaceBooked


@dataclass(frozen=True)
class Entry:
    """One line of a register: attendance, minutes, or both."""

    learner_id: UUID
    attendance: Attendance | None = None
    minutes: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Mark:
    """What a line of the register amounts to."""

    attendance: Attendance
    minutes: int


def require_register_open(session: Session, at: datetime) -> None:
    session.require_standing()
    if at < session.starts_at:
        raise SessionNotStarted(f"it starts at {session.starts_at.isoformat()}")


def mark(session: Session, entry: Entry) -> Mark:
    """Attendance and minutes from a line that may give only one of them."""
    if entry.minutes is None:
        return Mark(*_without_minutes(session, entry.attendance))
    derived = _derived(session, entry.minutes)
    if entry.attendance is None or entry.attendance is derived:
        return Mark(derived, entry.minutes)
    if entry.attendance is Attendance.NO_SHOW:
        raise NoShowHasNoMinutes(field="minutes")
    if not entry.reason:
        said = f"{entry.minutes} minutes are {derived.value} attendance here"
        raise OverrideNeedsReason(said, field="reason")
    return Mark(entry.attendance, entry.minutes)


def _without_minutes(session: Session, attendance: Attendance | None) -> tuple[Attendance, int]:
    match attendance:
        case None:
            raise AttendanceOrMinutesNeeded(field="attendance")
        case Attendance.PART:
            raise MinutesNeeded(field="minutes")
        case Attendance.FULL:
            return attendance, session.duty_minutes
        case Attendance.NO_SHOW:
            return attendance, 0


def _derived(session: Session, minutes: int) -> Attendance:
    if minutes == 0:
        return Attendance.NO_SHOW
    full = minutes >= session.full_attendance_minutes
    return Attendance.FULL if full else Attendance.PART


def walk_in(session: Session, place: Place, marked: Mark) -> PlaceBooked:
    """Seat somebody who came without a booking: on a free seat or on that of a no-show."""
    if marked.attendance is Attendance.NO_SHOW:
        raise LearnerHasNoPlace(field="attendance")
    if session.booked - session.no_shows >= session.capacity:
        raise NoRoomForWalkIn(field="learner_id", capacity=session.capacity)
    return PlaceBooked(**place.about)


def attend(
    session: Session, place: Place, marked: Mark, reason: str | None
) -> AttendanceRecorded | None:
    """Record attendance; nothing when the register says so already."""
    if (place.attendance, place.minutes) == (marked.attendance, marked.minutes):
        return None
    if place.attendance is not None and not reason:
        raise CorrectionNeedsReason(f"the register says {place.attendance.value}", field="reason")
    return AttendanceRecorded(
        **place.about,
        kind=session.kind,
        programme_id=session.programme_id,
        module=session.module,
        attendance=marked.attendance,
        minutes=marked.minutes,
        held_on=session.held_on,
    )


def seated(place: Place | None) -> bool:
    return place is not None and place.state is PlaceState.BOOKED
