"""The rules that enrolment refuses to break, one class each."""

from chassis.errors import Invalid, Malformed, NotFound, Refusal


class ForceUnknown(Invalid):
    title = "No force has that id, ONS code or name"


class ForceNeeded(Invalid):
    title = "A national caller says which force it is for"


class LearnerUnknown(NotFound):
    title = "No such learner"


class EnrolmentUnknown(NotFound):
    title = "No such enrolment"


class UploadUnknown(NotFound):
    title = "No such upload"


class ProgrammeUnknown(NotFound):
    title = "No such programme version"


class ProgrammeVersionExists(Refusal):
    title = "That version is published and can't change; publish the next one"


class ProgrammeVersionGap(Refusal):
    title = "Versions are published one after another"


class CodeRepeated(Invalid):
    title = "A part's or module's code occurs once in a programme version"


class PartNeedsNothing(Invalid):
    title = "A part needs a module, a final or a portfolio, or nobody could complete it"


class PartUnknown(Invalid):
    title = "The programme version has no such part"


class WorkforceInFuture(Invalid):
    title = "A headcount describes a day that has been"


class AlreadyEnrolledOnPart(Refusal):
    title = "The learner is on that part already"


class EnrolmentNotActive(Refusal):
    title = "Only active training can be deferred"


class EnrolmentNotDeferred(Refusal):
    title = "Only deferred training can be resumed"


class EnrolmentEnded(Refusal):
    title = "Training that is completed or withdrawn stays so"


class TransferToSameForce(Invalid):
    title = "A transfer leads to another force"


class TransferInFuture(Invalid):
    title = "A transfer is recorded on its day or later"


class TransferBeforePosting(Invalid):
    title = "A transfer comes after the first day with the force that is left"


class CollarNumberTaken(Refusal):
    title = "Somebody of that force has the collar number at that time"


class CollarNumberInvalid(Invalid):
    title = "A collar number is 1 to 20 letters, digits, hyphens or slashes"


class EmailInvalid(Invalid):
    title = "That is no e-mail address"


class XapiVersionUnsupported(Malformed):
    title = "Say X-Experience-API-Version: 1.0.3 (any 1.0.x is read)"


class StatementIdMismatch(Malformed):
    title = "The statement's own id is not the one in the query"


class StatementIdRepeated(Malformed):
    title = "Two statements of one request have the same id"


class StatementInvalid(Malformed):
    title = "That is no xAPI 1.0.3 statement"


class StatementConflict(Refusal):
    title = "Another statement has that id; statements never change"


class StatementUnknown(NotFound):
    title = "No such statement"


class TooManyFields(Invalid):
    title = "The row has more fields than the header"


class NameInvalid(Invalid):
    title = "A name is 1 to 100 letters, with spaces, hyphens, dots and apostrophes"


class WorkerTypeUnknown(Invalid):
    title = "That is no worker type"


class RankUnknown(Invalid):
    title = "That is no rank"


class NotYesOrNo(Invalid):
    title = "Say yes or no"


class DateInvalid(Invalid):
    title = "A date is YYYY-MM-DD or DD/MM/YYYY"


class DuplicateCollarNumber(Invalid):
    title = "An earlier row of this file says something else about that collar number"


class HolderTransferred(Invalid):
    title = (
        "Whoever had that collar number was transferred; somebody new joins on that day or later"
    )


class HolderErased(Invalid):
    title = "Whoever had that collar number was erased; somebody new joins on that day or later"


class AlreadyErased(Refusal):
    title = "The learner was erased"


class LearnerHeld(Refusal):
    title = "A hold keeps what is held about the learner; lift it first"


class AlreadyHeld(Refusal):
    title = "The learner is on hold already"


class NotHeld(Refusal):
    title = "The learner is not on hold"


class RequestInFuture(Invalid):
    title = "An erasure was asked for on a day that has been"


class ReasonNamesPerson(Invalid):
    title = "The reason is kept after the person is forgotten: it must not name them"


class AnotherForce(Invalid):
    title = "You can report for your own force only"


class UnknownCollarNumber(Invalid):
    title = "Nobody of that force had that collar number on that day"


class UnknownModule(Invalid):
    title = "No programme version has a module of that code"


class FutureDate(Invalid):
    title = "The date has not come yet"


class BeforeProgramme(Invalid):
    title = "The programme's modules did not exist before June 2025"
