"""The catalogue: every event type, every topic, every service; what is not here does not exist."""

from npp_contracts import assessment, enrolment, events, portfolio, reporting, topics
from npp_contracts.event import Event
from npp_contracts.topics import Topic

SERVICES: dict[str, str] = {
    "enrolment": "Owns people, the programme and progress.",
    "assessment": "Owns questions, attempts and results.",
    "portfolio": "Owns evidence, decisions and sign-off.",
    "events": "Owns scheduled sessions, places and attendance.",
    "reporting": "Owns read models: dashboards, national returns, force streams.",
}

_TOPICS = [
    topics.PROGRAMMES,
    topics.WORKFORCES,
    topics.INTAKES,
    topics.LEARNERS,
    topics.ENROLMENTS,
    topics.ATTEMPTS,
    topics.PORTFOLIOS,
    topics.SESSIONS,
    topics.PLACES,
]

_EVENTS: list[type[Event]] = [
    enrolment.ProgrammePublished,
    enrolment.WorkforceReported,
    enrolment.FileTaken,
    enrolment.StatementsWaiting,
    enrolment.LearnerRegistered,
    enrolment.LearnerTransferred,
    enrolment.LearnerUpdated,
    enrolment.LearnerErased,
    enrolment.HoldPlaced,
    enrolment.HoldLifted,
    enrolment.LearnerEnrolled,
    enrolment.EnrolmentDeferred,
    enrolment.EnrolmentResumed,
    enrolment.EnrolmentWithdrawn,
    enrolment.ModuleCompleted,
    enrolment.PartCompleted,
    enrolment.ProgrammeCompleted,
    assessment.AttemptStarted,
    assessment.AttemptSubmitted,
    assessment.ResultReleased,
    portfolio.PortfolioOpened,
    portfolio.EvidenceRecorded,
    portfolio.PortfolioSubmitted,
    portfolio.PortfolioReturned,
    portfolio.PortfolioAssessed,
    portfolio.PortfolioQualityAssured,
    portfolio.PortfolioSigned,
    events.SessionScheduled,
    events.SessionCancelled,
    events.PlaceBooked,
    events.PlaceWaitlisted,
    events.PlaceCancelled,
    events.AttendanceRecorded,
    reporting.LearnerLeft,
    reporting.LearnerJoined,
]

TOPICS: dict[str, Topic] = {topic.name: topic for topic in _TOPICS}
STREAMS: dict[str, Topic] = {each.name: each for each in [topics.FORCE_STREAMS]}
"""Topics of which every force has its own; the platform's services read none of them."""
EVENTS: dict[str, type[Event]] = {event.type: event for event in _EVENTS}

_STEMS = {name.rpartition(".v")[0] for name in EVENTS}


class UnknownMajor(ValueError):
    """A major version of a known event that this reader has never heard of: invalid, not new."""


def find(type: str) -> type[Event] | None:
    """The class of an event type; None for a type that readers are to ignore.

    Raises `UnknownMajor` for another major version of an event that is known.
    """
    event = EVENTS.get(type)
    if event is None and type.rpartition(".v")[0] in _STEMS:
        raise UnknownMajor(type)
    return event
