"""What things are, as far as any figure counts them."""

from dataclasses import dataclass, field
from datetime import date, datetime

from npp_ops.simulate.log.told import Said


@dataclass(slots=True)
class Learner:
    """Where somebody is now. registered_on: None of whom no roster has told yet."""

    force_id: str
    worker_type: str | None = None
    neighbourhood: bool | None = None
    registered_on: date | None = None


@dataclass(slots=True)
class Enrolment:
    """A learner on a version of the programme. opened, completed: the sequences of the last."""

    learner_id: str
    training: str = "active"
    enrolled_on: date | None = None
    opened: int = 0
    completed: int = 0
    completed_on: date | None = None
    certified_on: date | None = None
    parts: dict[str, date | None] = field(default_factory=dict)
    modules: list[date] = field(default_factory=list)


@dataclass(slots=True)
class Portfolio:
    """Where one is since when. days: the first of each kind of step."""

    learner_id: str
    force_id: str
    state: str
    since: date
    days: dict[str, date] = field(default_factory=dict)
    moved_on: date | None = None
    signed_by: str | None = None


@dataclass(slots=True)
class Seat:
    """A place at a session, and the last word of the register on it."""

    session_id: str
    learner_id: str
    force_id: str
    state: str = "booked"
    register: Said | None = None


@dataclass(slots=True)
class Session:
    """On the calendar, or taken off it."""

    force_id: str
    kind: str
    capacity: int
    ends_at: datetime
    state: str = "scheduled"


@dataclass(slots=True)
class Done:
    """A module completion."""

    force_id: str
    learner_id: str
    module: str
    on: date
    via: str


@dataclass(slots=True)
class Report:
    """How many neighbourhood staff a force said that it had."""

    as_of: date
    headcount: int


@dataclass(slots=True)
class File:
    """What became of a force's rows of a file. roster: one that told of somebody."""

    at: datetime
    roster: bool
    refused: int
    unmatched: int
