"""An attempt: one learner, one form, from opening to its official result."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from assessment.domain.blueprint import Blueprint, form_for
from npp_contracts.assessment import AttemptStarted, AttemptSubmitted, ResultReleased
from npp_contracts.codes import Form, Occasion, Outcome

GRACE: Final = timedelta(seconds=60)


class State(StrEnum):
    """Where an attempt is; handed in is marked, since every item is objective."""

    NEW = "new"
    STARTED = "started"
    SUBMITTED = "submitted"
    RELEASED = "released"
    ABSENT = "absent"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a learner at a blueprint and occasion before something new happens."""

    open_attempt: UUID | None = None
    absence: UUID | None = None
    has_valid: bool = False
    final_submitted: bool = False


@dataclass(eq=False)
class Attempt:
    """State of one attempt. `score_percent` is the mark, official or not, voided or not."""

    attempt_id: UUID
    force_id: str
    learner_id: UUID
    blueprint: str
    programme_id: str
    programme_version: int
    part: str
    occasion: Occasion
    form: Form
    items: int
    minutes: int
    extra_minutes: int = 0
    state: State = State.NEW
    answers: dict[str, str] = field(default_factory=dict)
    started_at: datetime | None = None
    submitted_at: datetime | None = None
    answered: int | None = None
    score_percent: Decimal | None = None
    outcome: Outcome | None = None
    valid: bool = False
    first_valid: bool = False
    released_at: datetime | None = None
    version: int = 0

    @property
    def due_at(self) -> datetime | None:
        """When the time allowed ends, extra time included."""
        allowed = timedelta(minutes=self.minutes + self.extra_minutes)
        return None if self.started_at is None else self.started_at + allowed

    def overdue(self, at: datetime) -> bool:
        """Whether the time allowed and the grace for slow networks are over."""
        return self.due_at is not None and at > self.due_at + GRACE

    @property
    def late(self) -> bool:
        """Handed in after the time: without answers of its own, with those saved in time."""
        return self.submitted_at is not None and self.overdue(self.submitted_at)

    def apply(self, event: AttemptStarted | AttemptSubmitted | ResultReleased) -> None:
        match event:
            case AttemptStarted():
                self.state = State.STARTED
                self.started_at = event.started_at
            case AttemptSubmitted():
                self.state = State.SUBMITTED
                self.submitted_at = event.submitted_at
                self.answered = event.answered
            case ResultReleased():
                self.state = _AFTER.get(event.outcome, State.RELEASED)
                self.outcome = event.outcome
                self.valid = event.valid
                self.first_valid = event.first_valid


_AFTER: Final = {Outcome.ABSENT: State.ABSENT, Outcome.VOID: State.VOID}


def allot(
    attempt_id: UUID,
    learner_id: UUID,
    force_id: str,
    blueprint: Blueprint,
    occasion: Occasion,
    *,
    extra_minutes: int = 0,
) -> Attempt:
    """An attempt of the learner's force of today, on the form that is theirs."""
    return Attempt(
        attempt_id,
        force_id,
        learner_id,
        blueprint.code,
        blueprint.programme_id,
        blueprint.programme_version,
        blueprint.part,
        occasion,
        form_for(learner_id, blueprint.code, occasion),
        blueprint.size,
        blueprint.minutes,
        extra_minutes,
    )
