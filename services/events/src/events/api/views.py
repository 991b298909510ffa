"""What responses say."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, computed_field

from events.domain.place import PlaceState
from events.domain.session import SessionState
from npp_contracts.codes import Attendance, CancelledBy, SessionCancellation, SessionKind


class View(BaseModel):
    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


class SessionView(View):
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
    venue: str | None
    join_url: str | None
    recording_url: str | None
    state: SessionState
    cancellation: SessionCancellation | None
    booked: int
    """Confirmed places of all forces together, as `waiting` and `available`."""
    waiting: int
    version: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def available(self) -> int:
        """Places that can be booked now."""
        return max(0, self.capacity - self.booked)


class PlaceView(View):
    place_id: UUID
    session_id: UUID
    learner_id: UUID
    force_id: str
    state: PlaceState
    cancelled_by: CancelledBy | None
    late: bool
    attendance: Attendance | None
    minutes: int | None
    version: int


class BookedPlace(PlaceView):
    overlaps: list[UUID]
    """Other sessions at the same time at which the learner has a place: a warning."""


class RegisterView(View):
    recorded: int
    """Marks that are new or corrected."""
    unchanged: int
    """Lines that the register said already."""


class SessionPage(View):
    items: list[SessionView]
    next: str | None


class PlacePage(View):
    items: list[PlaceView]
    next: str | None
