"""People and what happens to them, as events."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from npp_contracts.assessment import ResultReleased
from npp_contracts.codes import EnrolledBy
from npp_contracts.enrolment import (
    FileTaken,
    LearnerEnrolled,
    LearnerRegistered,
    LearnerTransferred,
    LearnerUpdated,
    ModuleCompleted,
    PartCompleted,
    StatementsWaiting,
    WorkforceReported,
)
from npp_contracts.event import Event
from npp_contracts.events import (
    AttendanceRecorded,
    PlaceBooked,
    PlaceWaitlisted,
    SessionCancelled,
    SessionScheduled,
)
from npp_contracts.ids import SessionId
from npp_contracts.portfolio import (
    PortfolioAssessed,
    PortfolioOpened,
    PortfolioSigned,
    PortfolioSubmitted,
)

TODAY = date(2026, 6, 1)
SIGNED_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
PROGRAMME: dict[str, Any] = {"programme_id": "npp", "programme_version": 1}


def workforce(force_id: str, headcount: int, as_of: date = TODAY) -> WorkforceReported:
    return WorkforceReported(
        force_id=force_id, as_of=as_of, headcount=headcount, source="workforce-return"
    )


def file_taken(
    force_id: str, accepted: int = 10, refused: int = 0, unmatched: int = 0, kind: str = "roster"
) -> FileTaken:
    rows = {"accepted": accepted, "refused": refused, "unmatched": unmatched}
    said = {"force_id": force_id, "kind": kind, "upload_id": None, **rows}
    return FileTaken.model_validate(said)


def still_waiting(force_id: str, number: int) -> StatementsWaiting:
    return StatementsWaiting(force_id=force_id, waiting=number)


def session(session_id: SessionId, force_id: str = "kent", capacity: int = 12) -> Event:
    return SessionScheduled(
        force_id=force_id,
        session_id=session_id,
        kind="classroom",  # type: ignore[arg-type]
        title="Day one",
        programme_id="npp",
        module="classroom-1",
        starts_at=SIGNED_AT,
        ends_at=SIGNED_AT + timedelta(hours=6),
        capacity=capacity,
        duty_minutes=360,
    )


def cancelled(session_id: SessionId, force_id: str = "kent") -> Event:
    return SessionCancelled(
        force_id=force_id,
        session_id=session_id,
        reason="trainer-unavailable",  # type: ignore[arg-type]
    )


@dataclass
class Person:
    """Somebody; each method is a thing that happens to them, where they are then."""

    force_id: str = "derbyshire"
    neighbourhood: bool = True
    learner_id: UUID = field(default_factory=uuid4)
    enrolment_id: UUID = field(default_factory=uuid4)
    portfolio_id: UUID = field(default_factory=uuid4)

    @property
    def _who(self) -> dict[str, Any]:
        return {"force_id": self.force_id, "learner_id": self.learner_id}

    @property
    def _role(self) -> dict[str, Any]:
        return {
            **self._who,
            "worker_type": "police-officer",
            "rank": "constable",
            "neighbourhood": self.neighbourhood,
        }

    def registered(self) -> Event:
        return LearnerRegistered(**self._role, joined_on=TODAY)

    def updated(self, *, neighbourhood: bool) -> Event:
        self.neighbourhood = neighbourhood
        return LearnerUpdated(**self._role)

    def transferred(self, to: str) -> Event:
        left, self.force_id = self.force_id, to
        return LearnerTransferred(**self._who, from_force_id=left, effective_on=TODAY)

    def enrolled(self, part: str = "NPP2") -> Event:
        about = {**self._who, **PROGRAMME, "enrolment_id": self.enrolment_id}
        return LearnerEnrolled(**about, part=part, how=EnrolledBy.RULE)

    def completed(self, module: str, on: date = TODAY, via: str = "csv") -> Event:
        about = {**self._who, **PROGRAMME, "enrolment_id": self.enrolment_id}
        return ModuleCompleted(
            **about,
            part="NPP1",
            module=module,
            completed_on=on,
            via=via,  # type: ignore[arg-type]
        )

    def part_completed(self, part: str = "NPP2") -> Event:
        about = {**self._who, "enrolment_id": self.enrolment_id}
        return PartCompleted(**about, part=part, completed_on=TODAY)

    def booked(self, session_id: UUID, *, waits: bool = False) -> Event:
        place: dict[str, Any] = {**self._who, "place_id": uuid4(), "session_id": session_id}
        return PlaceWaitlisted(**place, joined_at=SIGNED_AT) if waits else PlaceBooked(**place)

    def attended(
        self, attendance: str = "full", kind: str = "classroom", session_id: UUID | None = None
    ) -> list[Event]:
        place: dict[str, Any] = {
            **self._who,
            "place_id": uuid4(),
            "session_id": session_id or uuid4(),
        }
        register: dict[str, Any] = {"attendance": attendance, "kind": kind}
        minutes = 0 if attendance == "no-show" else 60
        about: dict[str, Any] = {"programme_id": "npp", "module": "classroom-1", "held_on": TODAY}
        return [
            PlaceBooked(**place),
            AttendanceRecorded(**place, **register, **about, minutes=minutes),
        ]

    def result(self, occasion: str, score: float | None, **other: Any) -> Event:
        about: dict[str, Any] = {
            **self._who,
            **PROGRAMME,
            "attempt_id": uuid4(),
            "blueprint": "knowledge",
            "part": "NPP2",
            "occasion": occasion,
            "form": "A",
            "score_percent": score,
            "outcome": "passed" if score is not None and score >= 60 else "failed",
            "valid": True,
            "first_valid": True,
        }
        return ResultReleased(**about | other)

    @property
    def _portfolio(self) -> dict[str, Any]:
        return {**self._who, "portfolio_id": self.portfolio_id}

    def opened(self) -> Event:
        about = {**self._portfolio, **PROGRAMME, "enrolment_id": self.enrolment_id}
        return PortfolioOpened(
            **about,
            part="NPP2",
            framework="practice",
            framework_version=1,
        )

    def submitted(self) -> Event:
        return PortfolioSubmitted(**self._portfolio, revision=1)

    def assessed(self) -> Event:
        about: dict[str, Any] = {"assessor_id": "assessor-1", "met": 6, "criteria": 6}
        return PortfolioAssessed(**self._portfolio, revision=1, sampled=False, **about)

    def signed(self) -> Event:
        return PortfolioSigned(
            **self._portfolio,
            part="NPP2",
            revision=1,
            signer_id="signer-1",
            content_sha256="0" * 64,
            signed_at=SIGNED_AT,
        )

    def certified(self) -> list[Event]:
        """From roster to signature."""
        return [self.registered(), self.enrolled(), self.opened(), self.submitted(), self.signed()]


def people(number: int, force_id: str) -> list[Person]:
    return [Person(force_id) for _ in range(number)]
