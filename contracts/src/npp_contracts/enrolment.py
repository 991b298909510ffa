"""What enrolment publishes: the programme, the workforce, learners and their progress."""

from datetime import date
from typing import Annotated

from pydantic import Field

from npp_contracts.codes import (
    CompletedVia,
    DeferralReason,
    Delivery,
    EnrolledBy,
    FileKind,
    Rank,
    WithdrawalReason,
    WorkerType,
)
from npp_contracts.event import Event, Value
from npp_contracts.ids import (
    Code,
    Count,
    EnrolmentId,
    ForceId,
    LearnerId,
    ModuleCode,
    PartCode,
    ProgrammeId,
    Title,
    UploadId,
    VersionNumber,
)
from npp_contracts.topics import ENROLMENTS, INTAKES, LEARNERS, PROGRAMMES, WORKFORCES


class Module(Value):
    """A module of a part, with the way it is taught."""

    code: ModuleCode
    title: Title
    delivery: Delivery


class Part(Value):
    """A part of the programme; it is complete when all that it needs is there."""

    code: PartCode
    title: Title
    modules: Annotated[list[Module], Field(max_length=100)]
    needs_portfolio: bool
    """Whether a signed-off portfolio belongs to completing the part."""
    needs_final: bool
    """Whether a passed final assessment belongs to completing the part."""


class ProgrammePublished(Event, type="npp.enrolment.programme-published.v1", topic=PROGRAMMES):
    """A version of the programme came out; learners finish the version they enrolled on."""

    programme_id: ProgrammeId
    programme_version: VersionNumber
    title: Title
    parts: Annotated[list[Part], Field(min_length=1, max_length=50)]


class WorkforceReported(Event, type="npp.enrolment.workforce-reported.v1", topic=WORKFORCES):
    """A force said how many neighbourhood staff it has: the dated denominator of every share.

    A revision is a later event with the same `as_of`; the later one stands.
    """

    as_of: date
    """The day the count describes."""
    headcount: Count
    """People, not full-time equivalents: neighbourhood officers and PCSOs together."""
    source: Code
    """The kind of return the count was taken from."""


class FileTaken(Event, type="npp.enrolment.file-taken.v1", topic=INTAKES):
    """A file was taken in to its end: of its rows this many are the force's, and became this.

    Once for each file and force, however often the file is sent. A roster and a force's own file
    are that force's; of a file with the rows of many, each is told of those that name it, and
    `national` of those that name none.
    """

    kind: FileKind
    upload_id: UploadId | None
    """What enrolment's API calls the force's own file; null of one with the rows of many."""
    accepted: Count
    """Rows that were taken; what they say may have been known already."""
    refused: Count
    """Rows that were sent back, whatever the reason."""
    unmatched: Count
    """Of those refused: rows about a collar number that nobody in the force had on that day."""


class StatementsWaiting(Event, type="npp.enrolment.statements-waiting.v1", topic=INTAKES):
    """Another number than before of the learning platform's reports wait for somebody to appear.

    They count by themselves once a roster has named who they are about. Those that name no force
    are `national`.
    """

    waiting: Count
    """Completions that wait for a person whom no roster has named; 0 when none does any more."""


class LearnerRegistered(Event, type="npp.enrolment.learner-registered.v1", topic=LEARNERS):
    """The platform got to know somebody, under an opaque id that nothing else can be read from."""

    learner_id: LearnerId
    worker_type: WorkerType
    rank: Rank
    neighbourhood: bool
    """Whether the person works in neighbourhood policing, and so counts in the headline."""
    joined_on: date
    """First day with the force, as the force gave it."""


class LearnerTransferred(Event, type="npp.enrolment.learner-transferred.v1", topic=LEARNERS):
    """A learner moved to another force; `force_id` is the new one, the record goes along.

    Worker type, rank and neighbourhood role stay as they were.
    """

    learner_id: LearnerId
    from_force_id: ForceId
    """The force that keeps what was achieved before the transfer in its statistics."""
    effective_on: date


class LearnerUpdated(Event, type="npp.enrolment.learner-updated.v1", topic=LEARNERS):
    """A roster said something new about a learner's role; all three values are as from now."""

    learner_id: LearnerId
    worker_type: WorkerType
    rank: Rank
    neighbourhood: bool
    """Whether the person works in neighbourhood policing, and so counts in the headline."""


class LearnerErased(Event, type="npp.enrolment.learner-erased.v1", topic=LEARNERS):
    """What told who a learner is was erased: nothing leads from the id to a person any more.

    The last that is said of a learner, once to each force that has or had them. Counts stay.
    """

    learner_id: LearnerId
    due_on: date
    """By when all that is held must be erased: one month after it was asked for."""


class HoldPlaced(Event, type="npp.enrolment.hold-placed.v1", topic=LEARNERS):
    """Nothing that is held about a learner may be erased or disposed of for now; in no feed."""

    learner_id: LearnerId


class HoldLifted(Event, type="npp.enrolment.hold-lifted.v1", topic=LEARNERS):
    """What a hold kept may be erased and disposed of again; in no feed."""

    learner_id: LearnerId


class LearnerEnrolled(Event, type="npp.enrolment.learner-enrolled.v1", topic=ENROLMENTS):
    """A learner was put on a part of a programme version; one event for each part."""

    enrolment_id: EnrolmentId
    """One learner on one programme version, whatever the number of parts."""
    learner_id: LearnerId
    programme_id: ProgrammeId
    programme_version: VersionNumber
    part: PartCode
    how: EnrolledBy


class EnrolmentDeferred(Event, type="npp.enrolment.enrolment-deferred.v1", topic=ENROLMENTS):
    """Training was put off; progress is kept."""

    enrolment_id: EnrolmentId
    learner_id: LearnerId
    reason: DeferralReason
    until: date | None
    """The day training is expected to go on; null when nobody can say."""


class EnrolmentResumed(Event, type="npp.enrolment.enrolment-resumed.v1", topic=ENROLMENTS):
    """Deferred training went on."""

    enrolment_id: EnrolmentId
    learner_id: LearnerId


class EnrolmentWithdrawn(Event, type="npp.enrolment.enrolment-withdrawn.v1", topic=ENROLMENTS):
    """Training ended without completion; what was achieved stays achieved."""

    enrolment_id: EnrolmentId
    learner_id: LearnerId
    reason: WithdrawalReason


class ModuleCompleted(Event, type="npp.enrolment.module-completed.v1", topic=ENROLMENTS):
    """A learner completed a module, for the first time; repeats are not announced."""

    enrolment_id: EnrolmentId
    learner_id: LearnerId
    programme_id: ProgrammeId
    programme_version: VersionNumber
    part: PartCode
    module: ModuleCode
    completed_on: date
    """The day the learning platform or the register says, not the day it was reported."""
    via: CompletedVia


class PartCompleted(Event, type="npp.enrolment.part-completed.v1", topic=ENROLMENTS):
    """All that a part needs is there: its modules, and portfolio and final where asked for."""

    enrolment_id: EnrolmentId
    learner_id: LearnerId
    part: PartCode
    completed_on: date


class ProgrammeCompleted(Event, type="npp.enrolment.programme-completed.v1", topic=ENROLMENTS):
    """A learner completed every part of the programme version that they were enrolled on."""

    enrolment_id: EnrolmentId
    learner_id: LearnerId
    programme_id: ProgrammeId
    programme_version: VersionNumber
    completed_on: date
