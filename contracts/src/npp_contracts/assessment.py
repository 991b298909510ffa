"""What assessment publishes: attempts and their results, never questions or answers."""

from npp_contracts.codes import Form, Occasion, Outcome
from npp_contracts.event import Event
from npp_contracts.ids import (
    AttemptId,
    BlueprintCode,
    Count,
    Instant,
    LearnerId,
    PartCode,
    Percent,
    ProgrammeId,
    VersionNumber,
)
from npp_contracts.topics import ATTEMPTS


class AttemptStarted(Event, type="npp.assessment.attempt-started.v1", topic=ATTEMPTS):
    """A learner opened a form of a blueprint; the time allowed runs from `started_at`."""

    attempt_id: AttemptId
    learner_id: LearnerId
    blueprint: BlueprintCode
    programme_id: ProgrammeId
    programme_version: VersionNumber
    part: PartCode
    occasion: Occasion
    form: Form
    """Counterbalanced: who had A at the baseline gets B at the final, and the other way round."""
    started_at: Instant


class AttemptSubmitted(Event, type="npp.assessment.attempt-submitted.v1", topic=ATTEMPTS):
    """A learner handed in; the answers stay in assessment."""

    attempt_id: AttemptId
    learner_id: LearnerId
    blueprint: BlueprintCode
    occasion: Occasion
    submitted_at: Instant
    answered: Count
    """Items with an answer; the rest were left blank, which is not the same as wrong."""
    items: Count
    """Items on the form."""


class ResultReleased(Event, type="npp.assessment.result-released.v1", topic=ATTEMPTS):
    """A result became official; before this, nobody but assessment knows it."""

    attempt_id: AttemptId
    learner_id: LearnerId
    blueprint: BlueprintCode
    programme_id: ProgrammeId
    programme_version: VersionNumber
    part: PartCode
    occasion: Occasion
    form: Form
    outcome: Outcome
    score_percent: Percent | None
    """Share of the marks in percent, at most two decimals; null when absent or void, never 0."""
    valid: bool
    """Whether the attempt counts as a measurement: sat, submitted and not void."""
    first_valid: bool
    """Whether it is the learner's first valid attempt on this occasion: the one that counts."""
