"""Every rule that can say no, one class each."""

from chassis.errors import Forbidden, Invalid, NotFound, Refusal


class LearnerUnknown(NotFound):
    title = "No such learner is known here; a new one appears within moments"


class LearnerOfAnotherForce(Refusal):
    title = "A force's own session is for its own people"


class NotYourForce(Forbidden):
    title = "A force schedules sessions for itself"


class NotTheOrganiser(Forbidden):
    title = "Only who organises a session may change or cancel it"


class EndsBeforeStart(Invalid):
    title = "A session ends after it starts"


class SessionTooLong(Invalid):
    title = "A session lasts a week at most"


class ProgrammeNeeded(Invalid):
    title = "A module is named together with its programme"


class ModuleUnknown(Invalid):
    title = "The programme has no such module in any version"


class SessionAlreadyCancelled(Refusal):
    title = "The session is cancelled"


class SessionStarted(Refusal):
    title = "The session has started"


class SessionNotStarted(Refusal):
    title = "The register opens when the session starts"


class CapacityBelowBooked(Refusal):
    title = "More places are booked than that"


class PlaceAlreadyCancelled(Refusal):
    title = "The place is cancelled"


class AttendanceAlreadyRecorded(Refusal):
    title = "The register says who attended; it can be corrected, not undone"


class LearnerHasNoPlace(Refusal):
    title = "Only who has a place can fail to show"


class NoRoomForWalkIn(Refusal):
    title = "Every seat is taken by somebody who has a place"


class CorrectionNeedsReason(Invalid):
    title = "Correcting an attendance needs a reason"


class OverrideNeedsReason(Invalid):
    title = "Attendance that its minutes contradict needs a reason"


class AttendanceOrMinutesNeeded(Invalid):
    title = "Say how the learner attended, or for how many minutes"


class MinutesNeeded(Invalid):
    title = "Attendance in part is told in minutes"


class NoShowHasNoMinutes(Invalid):
    title = "Who did not show spent no minutes"


class LearnerNamedTwice(Invalid):
    title = "A register names each learner once"
