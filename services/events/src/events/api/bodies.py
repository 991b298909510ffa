"""What requests may say; an unknown field is refused, so that a misspelt one is not lost."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from npp_contracts.codes import Attendance, CancelledBy, SessionCancellation, SessionKind
from npp_contracts.ids import ForceId, Instant, Minutes, ModuleCode, ProgrammeId, Title

Capacity = Annotated[int, Field(ge=1, le=1_000_000)]
Link = Annotated[str, StringConstraints(pattern=r'^https://[^\s<>"]+$', max_length=2_000)]
Reason = Annotated[
    str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", strip_whitespace=True, max_length=200)
]
# Above any force's classroom and any week-of-action upload; one request is one transaction.
MAX_AT_ONCE = 1_000


class Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class SessionBody(Body):
    kind: SessionKind
    title: Title
    module: ModuleCode | None = None
    programme_id: ProgrammeId | None = None
    starts_at: Instant
    ends_at: Instant
    capacity: Capacity
    duty_minutes: Minutes
    full_attendance_percent: Annotated[int, Field(ge=1, le=100)] = 80
    """Share of the minutes from which attendance is full. The default is invented."""
    venue: Title | None = None
    join_url: Link | None = None
    recording_url: Link | None = None
    force_id: ForceId | None = None
    """The host: a force, or `national`; the caller's own when left out."""


class SessionChanges(Body):
    """A field that is left out stays as it is; null clears venue or link."""

    title: Title | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    capacity: Capacity | None = None
    venue: Title | None = None
    join_url: Link | None = None
    recording_url: Link | None = None


class SessionCancellationBody(Body):
    reason: SessionCancellation


class PlacesBody(Body):
    learner_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MAX_AT_ONCE)]


class PlaceCancellationBody(Body):
    by: CancelledBy | None = None
    """Who gave it up, when an organiser types in what a person said."""


class RegisterEntry(Body):
    learner_id: UUID
    attendance: Attendance | None = None
    minutes: Minutes | None = None
    reason: Reason | None = None
    """For a correction, or for attendance that its minutes contradict."""


class RegisterBody(Body):
    entries: Annotated[tuple[RegisterEntry, ...], Field(min_length=1, max_length=MAX_AT_ONCE)]
