"""A cut through the log: what had been recorded by a moment, of what had happened by a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from npp_contracts.enrolment import (
    LearnerTransferred,
    ModuleCompleted,
    PartCompleted,
    ProgrammeCompleted,
    WorkforceReported,
)
from npp_contracts.event import Event
from npp_contracts.events import AttendanceRecorded
from npp_contracts.portfolio import PortfolioSigned

HAPPENED: Final[Mapping[type[Event], str]] = {
    LearnerTransferred: "effective_on",
    ModuleCompleted: "completed_on",
    PartCompleted: "completed_on",
    ProgrammeCompleted: "completed_on",
    WorkforceReported: "as_of",
    AttendanceRecorded: "held_on",
    PortfolioSigned: "signed_at",
}
"""Where an event says when what it tells of happened; any other happened when it was recorded."""
_END_OF_DAY: Final = time(23, 59, 59, 999999, UTC)


@dataclass(frozen=True, slots=True)
class Cut:
    """Two times, both UTC. known_at: nothing counts that was recorded later.

    about: nothing counts that happened after this day; None is no such limit, so that the cut is
    what the figures said at `known_at`.
    """

    known_at: datetime
    about: date | None = None

    @property
    def at(self) -> datetime:
        """The moment that ages are counted to: the end of the day, or sooner if it was not over."""
        if self.about is None:
            return self.known_at
        return min(self.known_at, datetime.combine(self.about, _END_OF_DAY))

    def has(self, recorded_at: datetime, happened_on: date) -> bool:
        """Whether an event counts."""
        told = self.about is None or happened_on <= self.about
        return told and recorded_at <= self.known_at
