"""A place: one learner at one session, booked or waiting, given up or attended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from events.domain.counts import Counts
from events.domain.errors import (
    AttendanceAlreadyRecorded,
    PlaceAlreadyCancelled,
)
from events.domain.session import Session
from npp_contracts.codes import Attendance, CancelledBy
from npp_contracts.events import (
    AttendanceRecorded,
    PlaceBooked,
    PlaceCancelled,
    PlaceWaitlisted,
)

LATE = timedelta(hours=24)
"""Less than this before the start, a freed place can hardly be filled."""


class PlaceState(StrEnum):
    NEW = "new"
    WAITLISTED = "waitlisted"
    BOOKED = "booked"
    CANCELLED = "cancelled"


@dataclass(eq=False)
class Place:
    """A learner's place; `force_id` is the learner's force, not the session's.

    position: the number drawn when joining the waiting list; 0 for who never waited.
    """

    place_id: UUID
    force_id: str
    session_id: UUID
    learner_id: UUID
    position: int = 0
    state: PlaceState = PlaceState.NEW
    cancelled_by: CancelledBy | None = None
    late: bool = False
    attendance: Attendance | None = None
    minutes: int | None = None
    version: int = 0

    @property
    def counts(self) -> Counts:
        return Counts(
            booked=int(self.state is PlaceState.BOOKED),
            waiting=int(self.state is PlaceState.WAITLISTED),
            no_shows=int(self.attendance is Attendance.NO_SHOW),
        )

    @property
    def about(self) -> dict[str, Any]:
        """The fields that every event of a place has."""
        return {
            "force_id": self.force_id,
            "place_id": self.place_id,
            "session_id": self.session_id,
            "learner_id": self.learner_id,
        }

    def apply(
        self, event: PlaceBooked | PlaceWaitlisted | PlaceCancelled | AttendanceRecorded
    ) -> None:
        match event:
            case PlaceBooked():
                self.state = PlaceState.BOOKED
            case PlaceWaitlisted():
                self.state = PlaceState.WAITLISTED
            case PlaceCancelled():
                self.state = PlaceState.CANCELLED
                self.cancelled_by, self.late = event.by, event.late
            case AttendanceRecorded():
                self.attendance, self.minutes = event.attendance, event.minutes


def take(session: Session, place: Place, at: datetime) -> PlaceBooked | PlaceWaitlisted:
    """Book a free place; join the tail of the waiting list when there is none."""
    session.require_open(at)
    if session.available and not session.waiting:
        return PlaceBooked(**place.about)
    session.joined += 1
    place.position = session.joined
    return PlaceWaitlisted(**place.about, joined_at=at)


def promotable(session: Session, at: datetime) -> int:
    """How many of those who wait can be given a place now; none once it has started."""
    started = at >= session.starts_at and not session.retrospective
    return 0 if started else min(session.available, session.waiting)


def promote(place: Place) -> PlaceBooked:
    """Give the first who waits the place that has become free."""
    return PlaceBooked(**place.about)


def give_up(session: Session, place: Place, by: CancelledBy, at: datetime) -> PlaceCancelled:
    """Cancel a place or leave the waiting list, before the session starts."""
    if place.state is PlaceState.CANCELLED:
        raise PlaceAlreadyCancelled
    if place.attendance is not None:
        raise AttendanceAlreadyRecorded
    session.require_open(at)
    return withdraw(session, place, by, at)


def withdraw(session: Session, place: Place, by: CancelledBy, at: datetime) -> PlaceCancelled:
    """Take a place away because its session or its learner has gone."""
    late = not session.retrospective and session.starts_at - at < LATE
    return PlaceCancelled(**place.about, by=by, late=late)
