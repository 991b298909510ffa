"""What can be refused of a return and of a cut through the log: one type for each rule."""

from chassis.errors import Forbidden, Invalid, NotFound, Refusal, Unavailable


class ReturnUnknown(NotFound):
    title = "There is no such return, or no such version or figure of it"


class CutUnknown(NotFound):
    title = "There is no such reading of the log"


class SetUnknown(Invalid):
    title = "There is no set of figures of that name"


class FigureNotInSet(Invalid):
    title = "There is no figure of that name in a return"


class ChoiceNotKept(Invalid):
    title = "The figure was not kept in that choice when it was read from the log"


class DayToCome(Invalid):
    title = "The day has not come yet (UTC)"


class MomentToCome(Invalid):
    title = "The moment has not come yet"


class ReturnOpened(Refusal):
    title = "There is a return of that set and period already: correct it instead"


class StillReading(Refusal):
    title = "The figures are still being read from the log"


class ReadingFailed(Refusal):
    title = "The figures could not be read from the log; a correction reads again"


class VersionSuperseded(Refusal):
    title = "There is a later version: look at it first"


class AlreadyPublished(Refusal):
    title = "This version is published and never changes: correct it by a new one"


class AlreadyConfirmed(Refusal):
    title = "Your force has confirmed these figures already"


class DenominatorMissing(Refusal):
    title = "Your force has reported no neighbourhood staff for the day of the return"


class ConfirmingForAnother(Forbidden):
    title = "A force confirms its own part, and nobody else does"


class OnlySignOff(Forbidden):
    title = "Only whoever signs off for a force can confirm its figures"


class OnlyPublisher(Forbidden):
    title = "Only the national publisher can do this"


class LogIncomplete(Unavailable):
    title = "The log does not hold all that the figures were read from"
