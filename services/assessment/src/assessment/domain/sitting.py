"""Sitting: opening an attempt, answering, handing in."""

from collections.abc import Mapping
from datetime import datetime

from assessment.domain.attempt import Attempt, History, State
from assessment.domain.blueprint import Blueprint
from assessment.domain.errors import (
    AttemptAlreadyOpen,
    AttemptNotOpen,
    BaselineAfterFinal,
    TimeIsUp,
)
from npp_contracts.assessment import AttemptStarted, AttemptSubmitted
from npp_contracts.codes import Occasion
from npp_contracts.ids import AttemptId, LearnerId


def start(attempt: Attempt, history: History, at: datetime) -> AttemptStarted:
    """A final without a baseline is allowed and stays unmatched; the reverse order is not."""
    if history.open_attempt is not None:
        raise AttemptAlreadyOpen(attempt_id=history.open_attempt)
    if attempt.occasion is Occasion.BASELINE and history.final_submitted:
        raise BaselineAfterFinal(field="occasion")
    return AttemptStarted(
        force_id=attempt.force_id,
        attempt_id=AttemptId(attempt.attempt_id),
        learner_id=LearnerId(attempt.learner_id),
        blueprint=attempt.blueprint,
        programme_id=attempt.programme_id,
        programme_version=attempt.programme_version,
        part=attempt.part,
        occasion=attempt.occasion,
        form=attempt.form,
        started_at=at,
    )


def merge(
    attempt: Attempt, blueprint: Blueprint, answers: Mapping[str, str | None], at: datetime
) -> dict[str, str]:
    """The answers after these were added, changed or (None) taken back."""
    if attempt.state is not State.STARTED:
        raise AttemptNotOpen(state=attempt.state)
    if answers and attempt.overdue(at):
        raise TimeIsUp(due_at=attempt.due_at)
    blueprint.check_answers(attempt.form, answers)
    merged = {**attempt.answers, **answers}
    return {item: option for item, option in merged.items() if option is not None}


def submit(attempt: Attempt, at: datetime) -> AttemptSubmitted:
    """Handing in after the time is allowed, since what was saved in time must not be lost."""
    if attempt.state is not State.STARTED:
        raise AttemptNotOpen(state=attempt.state)
    return AttemptSubmitted(
        force_id=attempt.force_id,
        attempt_id=AttemptId(attempt.attempt_id),
        learner_id=LearnerId(attempt.learner_id),
        blueprint=attempt.blueprint,
        occasion=attempt.occasion,
        submitted_at=at,
        answered=len(attempt.answers),
        items=attempt.items,
    )
