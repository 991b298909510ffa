"""The topics: one per kind of aggregate, many event types on each, keyed by the aggregate's id."""

import re
from dataclasses import dataclass
from enum import StrEnum

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_KEY = re.compile(r"[a-z][a-z0-9_]*_id")
_OF_A_FORCE = "npp.force.{force_id}"


class DeclarationError(TypeError):
    """A contract is declared wrongly; raised when the module is imported, so it can't ship."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}\n    mend: edit the class, then python -m npp_contracts.generate")


class Classification(StrEnum):
    """The Government Security Classification that a stream carries; decides who may be let in."""

    OFFICIAL = "OFFICIAL"


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic; `key` names the payload field whose value keys and orders its records.

    `keeps_days`: how long records stay, None for ever. A name with `{force_id}` stands for one
    topic per force, all alike.
    """

    name: str
    owner: str
    key: str
    partitions: int
    classification: Classification
    about: str
    keeps_days: int | None = None

    def __post_init__(self) -> None:
        prefix, _, things = self.name.rpartition(".")
        if not _SLUG.fullmatch(self.owner):
            raise DeclarationError(f"topic {self.name!r} needs an owner: the service's name")
        if self.name != _OF_A_FORCE and (
            prefix != f"npp.{self.owner}" or not _SLUG.fullmatch(things)
        ):
            raise DeclarationError(f"topic {self.name!r} must be named npp.{self.owner}.<things>")
        if not _KEY.fullmatch(self.key):
            raise DeclarationError(f"topic {self.name!r} needs a key: the aggregate's id field")
        if not isinstance(self.classification, Classification):
            raise DeclarationError(f"topic {self.name!r} needs a classification: OFFICIAL")
        if self.partitions < 1 or not self.about:
            raise DeclarationError(f"topic {self.name!r} needs partitions and a line about it")


def _topic(name: str, key: str, about: str) -> Topic:
    owner = name.split(".")[1]
    # More partitions later would move keys and break their order; six serve 43 forces well.
    return Topic(name, owner, key, 6, Classification.OFFICIAL, about)


PROGRAMMES = _topic(
    "npp.enrolment.programmes",
    "programme_id",
    "What the programme consists of, version by version.",
)
WORKFORCES = _topic(
    "npp.enrolment.workforces",
    "force_id",
    "How many neighbourhood staff each force says it has, by date.",
)
INTAKES = _topic(
    "npp.enrolment.intakes",
    "force_id",
    "What became of what was sent in about each force's people: files, and what still waits.",
)
LEARNERS = _topic(
    "npp.enrolment.learners",
    "learner_id",
    "Who is known to the platform, as an opaque id, in which force and role.",
)
ENROLMENTS = _topic(
    "npp.enrolment.enrolments",
    "enrolment_id",
    "A learner's way through one programme version: enrolled, progress, completion.",
)
ATTEMPTS = _topic(
    "npp.assessment.attempts",
    "attempt_id",
    "One sitting of an assessment: started, submitted, result.",
)
PORTFOLIOS = _topic(
    "npp.portfolio.portfolios",
    "portfolio_id",
    "A portfolio of evidence from opening to sign-off.",
)
SESSIONS = _topic(
    "npp.events.sessions",
    "session_id",
    "Scheduled classroom days, webinars and week-of-action sessions.",
)
PLACES = _topic(
    "npp.events.places",
    "place_id",
    "One learner's place at one session: booked, waiting, cancelled, attended.",
)

FORCE_STREAMS = Topic(
    _OF_A_FORCE,
    "reporting",
    "learner_id",
    # So that it has the one order of the feed that it is filled from.
    1,
    Classification.OFFICIAL,
    "What a force is told: its own facts, with pseudonyms that only this force is given, as its"
    " feed has them (docs/consume.md).",
    keeps_days=30,
)


def stream_of(force_id: str) -> str:
    """The name of a force's own topic."""
    return _OF_A_FORCE.format(force_id=force_id)
