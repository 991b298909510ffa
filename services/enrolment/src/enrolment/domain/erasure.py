"""Erasure and holds: whether somebody may be erased, by when, and what is said of it."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from enrolment.domain.errors import (
    AlreadyHeld,
    LearnerHeld,
    NotHeld,
    ReasonNamesPerson,
    RequestInFuture,
)
from enrolment.domain.learner import Learner
from npp_contracts.enrolment import HoldLifted, HoldPlaced, LearnerErased
from npp_contracts.ids import LearnerId


class Ground(StrEnum):
    """Why somebody must be erased: UK GDPR Art. 17(1)(a) to (e)."""

    NO_LONGER_NECESSARY = "no-longer-necessary"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    OBJECTION = "objection"
    UNLAWFUL = "unlawful"
    LEGAL_OBLIGATION = "legal-obligation"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for, on what ground, when; `reason` is kept, so it names nobody."""

    ground: Ground
    reason: str
    requested_on: date


def due_on(requested_on: date) -> date:
    """One calendar month later (UK GDPR Art. 12(3)), or the last day of a shorter month."""
    year, month = divmod(requested_on.year * 12 + requested_on.month, 12)
    month += 1
    return date(year, month, min(requested_on.day, monthrange(year, month)[1]))


def erase(
    learner: Learner, force_ids: Sequence[str], held: bool, request: Request, today: date
) -> list[LearnerErased]:
    """What is announced: once to each force that has or had the learner, the present one last."""
    if held:
        raise LearnerHeld
    if request.requested_on > today:
        raise RequestInFuture(field="requested_on")
    refuse_names(learner, request.reason)
    others = sorted(set(force_ids) - {learner.force_id})
    return [
        LearnerErased(
            force_id=force_id,
            learner_id=LearnerId(learner.learner_id),
            due_on=due_on(request.requested_on),
        )
        for force_id in (*others, learner.force_id)
    ]


def place_hold(learner: Learner, held: bool, reason: str) -> HoldPlaced:
    if held:
        raise AlreadyHeld
    refuse_names(learner, reason)
    return HoldPlaced(force_id=learner.force_id, learner_id=LearnerId(learner.learner_id))


def lift_hold(learner: Learner, held: bool, reason: str) -> HoldLifted:
    if not held:
        raise NotHeld
    refuse_names(learner, reason)
    return HoldLifted(force_id=learner.force_id, learner_id=LearnerId(learner.learner_id))


def refuse_names(learner: Learner, reason: str) -> None:
    """A reason outlives the person it is about: it must not say who they are."""
    said = reason.casefold()
    words = set(said.replace(",", " ").replace(".", " ").replace(":", " ").split())
    whole = learner.collar_number, learner.family_name, learner.given_name
    if learner.email in said or any(each.casefold() in words for each in whole):
        raise ReasonNamesPerson(field="reason")
    if f"{learner.given_name} {learner.family_name}".casefold() in said:
        raise ReasonNamesPerson(field="reason")
