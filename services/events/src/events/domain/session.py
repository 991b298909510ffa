"""A session: when, what for, how many; scheduled, changed, cancelled."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from events.domain.counts import Counts
from events.domain.errors import (
    CapacityBelowBooked,
    EndsBeforeStart,
    SessionAlreadyCancelled,
    SessionStarted,
    SessionTooLong,
)
from npp_contracts.codes import SessionCancellation, SessionKind
from npp_contracts.day import day_of
from npp_contracts.events import SessionCancelled, SessionScheduled
from npp_contracts.ids import SessionId

LONGEST = timedelta(days=7)


class SessionState(StrEnum):
    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


@dataclass(eq=False)
class Session:
    """One session; its row is also the lock and the arithmetic of all its places.

    retrospective: put on the calendar when it had already started, as history is.
    full_attendance_percent: of the minutes that count, from which attendance is full; fixed.
    joined: how many ever joined the waiting list, which numbers the next one.
    """

    session_id: UUID
    force_id: str
    kind: SessionKind
    title: str
    programme_id: str | None
    module: str | None
    starts_at: datetime
    ends_at: datetime
    capacity: int
    duty_minutes: int
    full_attendance_percent: int
    retrospective: bool
    venue: str | None = None
    join_url: str | None = None
    recording_url: str | None = None
    state: SessionState = SessionState.SCHEDULED
    cancellation: SessionCancellation | None = None
    booked: int = 0
    waiting: int = 0
    no_shows: int = 0
    joined: int = 0
    version: int = 0

    @property
    def available(self) -> int:
        """Free places; walk-ins can take a session beyond its capacity, but none below zero."""
        return max(0, self.capacity - self.booked)

    @property
    def held_on(self) -> date:
        """The day of the session where it takes place."""
        return day_of(self.starts_at)

    @property
    def full_attendance_minutes(self) -> int:
        """Minutes from which attendance is full: a share of duty time, or of the session itself."""
        length = int((self.ends_at - self.starts_at).total_seconds() // 60)
        counted = min(self.duty_minutes or length, length)
        return -(-counted * self.full_attendance_percent // 100)

    def require_open(self, at: datetime) -> None:
        """Refuse what may happen only before the start; history is entered after it."""
        self.require_standing()
        if at >= self.starts_at and not self.retrospective:
            raise SessionStarted(f"it started at {self.starts_at.isoformat()}")

    def require_standing(self) -> None:
        if self.state is SessionState.CANCELLED:
            raise SessionAlreadyCancelled

    def recount(self, before: Counts, after: Counts) -> None:
        """Follow one place from what it counted for to what it counts for now."""
        self.booked += after.booked - before.booked
        self.waiting += after.waiting - before.waiting
        self.no_shows += after.no_shows - before.no_shows

    def apply(self, event: SessionScheduled | SessionCancelled) -> None:
        match event:
            case SessionScheduled():
                self.title = event.title
                self.starts_at, self.ends_at = event.starts_at, event.ends_at
                self.capacity = event.capacity
            case SessionCancelled():
                self.state = SessionState.CANCELLED
                self.cancellation = event.reason


@dataclass(frozen=True)
class Changes:
    """What is to be different; None leaves a value as it is."""

    title: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    capacity: int | None = None

    @property
    def any(self) -> bool:
        return (self.title, self.starts_at, self.ends_at, self.capacity) != (None,) * 4


def schedule(session: Session) -> SessionScheduled:
    """Put a session on the calendar."""
    return _scheduled(session, Changes())


def change(session: Session, changes: Changes, at: datetime) -> SessionScheduled:
    """Say anew how a session stands; once it has started, only its links can change."""
    session.require_standing()
    if changes.any:
        session.require_open(at)
    if changes.capacity is not None and changes.capacity < session.booked:
        raise CapacityBelowBooked(f"{session.booked} are booked", field="capacity")
    return _scheduled(session, changes)


def cancel(session: Session, reason: SessionCancellation, at: datetime) -> SessionCancelled:
    """Call a session off, before it has started."""
    session.require_open(at)
    return SessionCancelled(
        force_id=session.force_id, session_id=SessionId(session.session_id), reason=reason
    )


def _scheduled(session: Session, changes: Changes) -> SessionScheduled:
    starts_at = changes.starts_at or session.starts_at
    ends_at = changes.ends_at or session.ends_at
    if ends_at <= starts_at:
        raise EndsBeforeStart(field="ends_at")
    if ends_at - starts_at > LONGEST:
        raise SessionTooLong(field="ends_at")
    return SessionScheduled(
        force_id=session.force_id,
        session_id=SessionId(session.session_id),
        kind=session.kind,
        title=changes.title or session.title,
        programme_id=session.programme_id,
        module=session.module,
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=session.capacity if changes.capacity is None else changes.capacity,
        duty_minutes=session.duty_minutes,
    )
