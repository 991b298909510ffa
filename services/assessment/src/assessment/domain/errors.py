"""The rules that can say no, each by its name."""

from chassis.errors import Forbidden, Invalid, NotFound, Refusal


class LearnerUnknown(NotFound):
    title = "No such learner is known here; somebody just registered is, moments later"


class BlueprintUnknown(NotFound):
    title = "There is no blueprint of this code"


class BlueprintExists(Refusal):
    title = "Another blueprint has this code; a published one never changes"


class FormsDiffer(Invalid):
    title = "Both forms have the same number of items"


class ItemRepeated(Invalid):
    title = "An item occurs once on its form"


class OptionRepeated(Invalid):
    title = "An item's options differ from each other"


class KeyNotAnOption(Invalid):
    title = "The key is one of the item's options"


class ItemUnknown(Invalid):
    title = "This item is not on the attempt's form"


class OptionUnknown(Invalid):
    title = "This is not one of the item's options"


class AttemptAlreadyOpen(Refusal):
    title = "One attempt at a time: this one has not been handed in"


class AttemptNotOpen(Refusal):
    title = "The attempt was handed in, or never opened"


class AttemptIsVoid(Refusal):
    title = "The attempt is void already"


class AttemptNotMarked(Refusal):
    title = "Only an attempt that was handed in and not yet released has a result to release"


class TimeIsUp(Refusal):
    title = "Answers count until a minute after the time allowed; what was saved by then is kept"


class BaselineAfterFinal(Refusal):
    title = "A baseline measures before training; the final was handed in already"


class LearnerHasAttempted(Refusal):
    title = "Who has an attempt that counts, or an open one, was not absent"


class AbsenceAlreadyRecorded(Refusal):
    title = "The absence is recorded already"


class ActorIsCandidate(Forbidden):
    title = "Nobody decides about their own attempt"
