"""An invented person: who they are, and how they get on with the programme."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Self, TypeVar
from uuid import UUID, uuid5

from npp_contracts.codes import (
    CompletedVia,
    DeferralReason,
    EnrolledBy,
    Rank,
    WithdrawalReason,
    WorkerType,
)
from npp_contracts.enrolment import (
    EnrolmentDeferred,
    EnrolmentResumed,
    EnrolmentWithdrawn,
    LearnerEnrolled,
    LearnerErased,
    LearnerRegistered,
    LearnerTransferred,
    LearnerUpdated,
    ModuleCompleted,
    PartCompleted,
    ProgrammeCompleted,
)
from npp_contracts.event import Event
from npp_contracts.ids import SANDBOX

T = TypeVar("T")
Said = dict[str, Any]

ONLINE: Final = "part-1"
CLASSROOM: Final = "part-2"
MODULES: Final = ("listening", "problem-solving", "nuisance")
CLASS: Final = "classroom-day"
ELSEWHERE: Final = "sandbox-elsewhere"
"""Where who leaves goes to, and who joins comes from; no feed names it."""
_SPACE: Final = UUID("1f0c8d3a-0b3e-4d53-9c0f-6d5f5d1b7a10")


class Moment(NamedTuple):
    """When something is told, and when the story of its cohort began."""

    now: datetime
    began: datetime


When = Callable[[Moment], Said]
Line = Callable[[Moment], Event]
"""One thing that happens, told when it is its turn."""


def named(*about: object) -> UUID:
    """The id that these words stand for: always the same, and nobody's."""
    return uuid5(_SPACE, "/".join(map(str, about)))


def chosen(options: Sequence[T], *about: object) -> T:
    """One of them, decided by these words."""
    # Not by `random`: another Python might draw another in the middle of a story.
    return options[(named(*about).int & 0xFFFFFFFF) % len(options)]


def today(*fields: str) -> When:
    """These fields are the day on which it is told."""
    return lambda moment: dict.fromkeys(fields, moment.now.date())


def line(kind: type[Event], said: Said, when: When | None = None) -> Line:
    """An event of which all is known but what depends on when it is told."""
    return lambda moment: kind.model_validate(said if when is None else said | when(moment))


@dataclass
class Person:
    """Somebody of a cohort. Each method is a thing that happens to them, behind the others."""

    cohort: str
    name: str
    programme: Said
    lines: list[Line] = field(default_factory=list)

    def id(self, what: str) -> UUID:
        return named(self.cohort, self.name, what)

    def pick(self, options: Sequence[T], what: str) -> T:
        return chosen(options, self.cohort, self.name, what)

    def then(self, kind: type[Event], said: Said, when: When | None = None) -> Self:
        self.lines.append(line(kind, said, when))
        return self

    @property
    def who(self) -> Said:
        return {"force_id": SANDBOX, "learner_id": self.id("learner")}

    @property
    def enrolment(self) -> Said:
        return {**self.who, "enrolment_id": self.id("enrolment")}

    @property
    def _role(self) -> Said:
        officer = self.pick((True, True, False), "role")
        kind = WorkerType.POLICE_OFFICER if officer else WorkerType.PCSO
        return {**self.who, "worker_type": kind, "rank": Rank.CONSTABLE if officer else Rank.NONE}

    def registered(self) -> Self:
        service = timedelta(days=self.pick(range(90, 4_000), "service"))
        said = {**self._role, "neighbourhood": True}
        return self.then(
            LearnerRegistered, said, lambda moment: {"joined_on": moment.began.date() - service}
        )

    def moved(self, left: str, joined: str) -> Self:
        said = {**self.who, "force_id": joined, "from_force_id": left}
        return self.then(LearnerTransferred, said, today("effective_on"))

    def left_the_neighbourhood(self) -> Self:
        return self.then(LearnerUpdated, {**self._role, "neighbourhood": False})

    def erased(self) -> Self:
        month = timedelta(days=30)
        return self.then(
            LearnerErased, self.who, lambda moment: {"due_on": moment.now.date() + month}
        )

    def enrolled(self, *parts: str) -> Self:
        how = self.pick(tuple(EnrolledBy), "how")
        for part in parts:
            said = {**self.enrolment, **self.programme, "part": part, "how": how}
            self.then(LearnerEnrolled, said)
        return self

    def deferred(self) -> Self:
        said = {**self.enrolment, "reason": self.pick(tuple(DeferralReason), "deferral")}
        season = timedelta(days=90)
        return self.then(
            EnrolmentDeferred, said, lambda moment: {"until": moment.now.date() + season}
        )

    def resumed(self) -> Self:
        return self.then(EnrolmentResumed, self.enrolment)

    def withdrawn(self) -> Self:
        said = {**self.enrolment, "reason": self.pick(tuple(WithdrawalReason), "withdrawal")}
        return self.then(EnrolmentWithdrawn, said)

    def completed(self, *modules: str) -> Self:
        for module in modules:
            part = CLASSROOM if module == CLASS else ONLINE
            online = self.pick((CompletedVia.CSV, CompletedVia.XAPI), "via")
            via = CompletedVia.ATTENDANCE if module == CLASS else online
            said = {**self.enrolment, **self.programme, "part": part, "module": module, "via": via}
            self.then(ModuleCompleted, said, today("completed_on"))
        return self

    def completed_part(self, part: str) -> Self:
        return self.then(PartCompleted, {**self.enrolment, "part": part}, today("completed_on"))

    def completed_all(self) -> Self:
        said = {**self.enrolment, **self.programme}
        return self.then(ProgrammeCompleted, said, today("completed_on"))
