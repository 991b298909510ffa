"""The closed lists: an event carries one of these words and no free text."""

from enum import StrEnum


class WorkerType(StrEnum):
    """In what capacity somebody works for a force."""

    POLICE_OFFICER = "police-officer"
    PCSO = "pcso"
    SPECIAL_CONSTABLE = "special-constable"
    POLICE_STAFF = "police-staff"
    DESIGNATED_OFFICER = "designated-officer"
    VOLUNTEER = "volunteer"


class Rank(StrEnum):
    """A police rank, as coarse as the programme needs; `none` for who has none, such as PCSOs."""

    CONSTABLE = "constable"
    SERGEANT = "sergeant"
    INSPECTOR = "inspector"
    CHIEF_INSPECTOR_AND_ABOVE = "chief-inspector-and-above"
    NONE = "none"


class FileKind(StrEnum):
    """What a file that was sent in is about."""

    ROSTER = "roster"
    COMPLETIONS = "completions"


class Delivery(StrEnum):
    """How a module is taught."""

    ONLINE = "online"
    CLASSROOM = "classroom"


class EnrolledBy(StrEnum):
    """The way somebody was enrolled: by the programme's rule of role and rank, or by hand."""

    RULE = "rule"
    MANUAL = "manual"


class CompletedVia(StrEnum):
    """Where a module completion came from."""

    CSV = "csv"
    XAPI = "xapi"
    ATTENDANCE = "attendance"


# Reasons name no illness and no family matter: those are special category data.
class DeferralReason(StrEnum):
    """Why training is put off."""

    LONG_TERM_ABSENCE = "long-term-absence"
    CAREER_BREAK = "career-break"
    SECONDMENT = "secondment"
    OPERATIONAL_DEMAND = "operational-demand"
    OTHER = "other"


class WithdrawalReason(StrEnum):
    """Why training ends without completion."""

    LEFT_SERVICE = "left-service"
    LEFT_NEIGHBOURHOOD_ROLE = "left-neighbourhood-role"
    ENROLLED_IN_ERROR = "enrolled-in-error"
    OTHER = "other"


class Occasion(StrEnum):
    """Which measurement an attempt belongs to: before the training or after it."""

    BASELINE = "baseline"
    FINAL = "final"


class Form(StrEnum):
    """One of the two parallel forms of a blueprint."""

    A = "A"
    B = "B"


class Outcome(StrEnum):
    """How an attempt ended; absent is not a score of zero, and a void one counts for nothing."""

    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "absent"
    VOID = "void"


class EvidenceKind(StrEnum):
    """What kind of real-world evidence supports a criterion."""

    OBSERVATION = "observation"
    WORK_PRODUCT = "work-product"
    WITNESS_TESTIMONY = "witness-testimony"
    PROFESSIONAL_DISCUSSION = "professional-discussion"
    REFLECTIVE_ACCOUNT = "reflective-account"
    SUPERVISOR_FEEDBACK = "supervisor-feedback"
    PRIOR_LEARNING = "prior-learning"
    KNOWLEDGE_RESULT = "knowledge-result"


class ReturnReason(StrEnum):
    """Why a portfolio goes back to its candidate."""

    CRITERIA_NOT_MET = "criteria-not-met"
    EVIDENCE_INSUFFICIENT = "evidence-insufficient"
    EVIDENCE_NOT_AUTHENTIC = "evidence-not-authentic"
    EVIDENCE_NOT_CURRENT = "evidence-not-current"
    CASE_MATERIAL_INCLUDED = "case-material-included"
    QUALITY_ASSURANCE_ACTION = "quality-assurance-action"
    OTHER = "other"


class QualityOutcome(StrEnum):
    """What internal quality assurance found about an assessor's decision."""

    UPHELD = "upheld"
    ACTION_REQUIRED = "action-required"
    OVERTURNED = "overturned"


class SessionKind(StrEnum):
    """What kind of scheduled session it is."""

    CLASSROOM = "classroom"
    WEBINAR = "webinar"
    WEEK_OF_ACTION = "week-of-action"


class SessionCancellation(StrEnum):
    """Why a session does not take place."""

    TOO_FEW_BOOKED = "too-few-booked"
    TRAINER_UNAVAILABLE = "trainer-unavailable"
    VENUE_UNAVAILABLE = "venue-unavailable"
    OPERATIONAL_DEMAND = "operational-demand"
    RESCHEDULED = "rescheduled"
    OTHER = "other"


class CancelledBy(StrEnum):
    """Who gave up a place."""

    PERSON = "person"
    ORGANISER = "organiser"


class Attendance(StrEnum):
    """What the register says about a booked learner."""

    FULL = "full"
    PART = "part"
    NO_SHOW = "no-show"
