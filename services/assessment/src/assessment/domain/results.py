"""Results: made official, voided, missed, and which of several is the first valid one."""

from enum import StrEnum

from assessment.domain.attempt import Attempt, History, State
from assessment.domain.blueprint import Blueprint
from assessment.domain.errors import (
    AbsenceAlreadyRecorded,
    AttemptIsVoid,
    AttemptNotMarked,
    LearnerHasAttempted,
)
from npp_contracts.assessment import ResultReleased
from npp_contracts.codes import Outcome
from npp_contracts.ids import AttemptId, LearnerId


class VoidReason(StrEnum):
    """Why an attempt counts for nothing; names no illness and no family matter."""

    TECHNICAL_FAILURE = "technical-failure"
    INTERRUPTED = "interrupted"
    MALPRACTICE = "malpractice"
    WRONG_CANDIDATE = "wrong-candidate"
    RECORDED_IN_ERROR = "recorded-in-error"
    OTHER = "other"


def release(attempt: Attempt, blueprint: Blueprint, *, first: bool) -> ResultReleased:
    """The mark becomes official. `first`: of the valid attempts it was handed in first."""
    if attempt.state is not State.SUBMITTED or attempt.score_percent is None:
        raise AttemptNotMarked(state=attempt.state)
    passed = blueprint.passes(attempt.score_percent)
    return _result(attempt, Outcome.PASSED if passed else Outcome.FAILED, first=first)


def promote(attempt: Attempt) -> ResultReleased | None:
    """What to announce of the attempt that is first now that an earlier one is void."""
    if attempt.state is not State.RELEASED or attempt.outcome is None or attempt.first_valid:
        return None  # not official yet: its release will say that it is first
    return _result(attempt, attempt.outcome, first=True)


def void(attempt: Attempt) -> ResultReleased:
    """Official at once: there is no mark to hold back."""
    if attempt.state is State.VOID:
        raise AttemptIsVoid
    return _result(attempt, Outcome.VOID, first=False)


def miss(attempt: Attempt, history: History) -> ResultReleased:
    """An absence has no score, and a score of zero is no absence."""
    if history.open_attempt is not None or history.has_valid:
        raise LearnerHasAttempted
    if history.absence is not None:
        raise AbsenceAlreadyRecorded(attempt_id=history.absence)
    return _result(attempt, Outcome.ABSENT, first=False)


def _result(attempt: Attempt, outcome: Outcome, *, first: bool) -> ResultReleased:
    valid = outcome in (Outcome.PASSED, Outcome.FAILED)
    return ResultReleased(
        force_id=attempt.force_id,
        attempt_id=AttemptId(attempt.attempt_id),
        learner_id=LearnerId(attempt.learner_id),
        blueprint=attempt.blueprint,
        programme_id=attempt.programme_id,
        programme_version=attempt.programme_version,
        part=attempt.part,
        occasion=attempt.occasion,
        form=attempt.form,
        outcome=outcome,
        score_percent=attempt.score_percent if valid else None,
        valid=valid,
        first_valid=first,
    )
