"""A learner's way through one programme version: parts, progress, and how training stands."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from enrolment.domain.errors import (
    AlreadyEnrolledOnPart,
    EnrolmentEnded,
    EnrolmentNotActive,
    EnrolmentNotDeferred,
)
from enrolment.domain.fact import Fact, Kind
from enrolment.domain.programme import Edition
from npp_contracts.codes import CompletedVia, DeferralReason, EnrolledBy, WithdrawalReason
from npp_contracts.enrolment import (
    EnrolmentDeferred,
    EnrolmentResumed,
    EnrolmentWithdrawn,
    LearnerEnrolled,
    ModuleCompleted,
    PartCompleted,
    ProgrammeCompleted,
)
from npp_contracts.ids import EnrolmentId, LearnerId

Happened: TypeAlias = (
    LearnerEnrolled
    | EnrolmentDeferred
    | EnrolmentResumed
    | EnrolmentWithdrawn
    | ModuleCompleted
    | PartCompleted
    | ProgrammeCompleted
)


class State(StrEnum):
    """How training stands."""

    ACTIVE = "active"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Done:
    """A completed module."""

    on: date
    via: CompletedVia


@dataclass(frozen=True, slots=True)
class PartProgress:
    """What of a part is there."""

    how: EnrolledBy
    modules: Mapping[str, Done] = field(default_factory=dict)
    final_on: date | None = None
    portfolio_on: date | None = None
    completed_on: date | None = None


@dataclass(eq=False)
class Enrolment:
    """One learner on one programme version. Withdrawn, it takes nothing in any more."""

    enrolment_id: UUID
    learner_id: UUID
    force_id: str
    programme_id: str
    programme_version: int
    state: State = State.ACTIVE
    parts: dict[str, PartProgress] = field(default_factory=dict)
    deferred_until: date | None = None
    reason: str | None = None
    completed_on: date | None = None
    version: int = 0

    def apply(self, event: Happened) -> None:
        """What follows from an event."""
        match event:
            case LearnerEnrolled():
                self._put(event.part, PartProgress(event.how))
                self.state = State.ACTIVE if self.state == State.COMPLETED else self.state
            case EnrolmentDeferred():
                self.state, self.reason = State.DEFERRED, event.reason
                self.deferred_until = event.until
            case EnrolmentResumed():
                self.state, self.reason, self.deferred_until = State.ACTIVE, None, None
            case EnrolmentWithdrawn():
                self.state, self.reason = State.WITHDRAWN, event.reason
            case ModuleCompleted():
                part = self.parts[event.part]
                done = Done(event.completed_on, event.via)
                self._put(event.part, replace(part, modules={**part.modules, event.module: done}))
            case PartCompleted():
                self._put(
                    event.part, replace(self.parts[event.part], completed_on=event.completed_on)
                )
                if self.completed_on and all(part.completed_on for part in self.parts.values()):
                    self.state = State.COMPLETED
            case ProgrammeCompleted():
                self.state, self.completed_on = State.COMPLETED, event.completed_on

    def take(self, fact: Fact) -> None:
        """Keep a final or a portfolio, whose events are other services'; the first stays."""
        part = self.parts[fact.code]
        if fact.kind is Kind.FINAL and part.final_on is None:
            self._put(fact.code, replace(part, final_on=fact.on))
        if fact.kind is Kind.PORTFOLIO and part.portfolio_on is None:
            self._put(fact.code, replace(part, portfolio_on=fact.on))

    def facts(self) -> Iterator[Fact]:
        """What was achieved here, for an enrolment that comes after this one."""
        tied = (self.programme_id, self.programme_version)
        for code, part in self.parts.items():
            for module, done in part.modules.items():
                yield Fact(Kind.MODULE, module, done.on, via=done.via)
            if part.final_on:
                yield Fact(Kind.FINAL, code, part.final_on, *tied)
            if part.portfolio_on:
                yield Fact(Kind.PORTFOLIO, code, part.portfolio_on, *tied)

    def _put(self, code: str, part: PartProgress) -> None:
        self.parts = {**self.parts, code: part}


def enrol(enrolment: Enrolment, edition: Edition, part: str, how: EnrolledBy) -> LearnerEnrolled:
    """Put the learner on a part."""
    edition.part(part)
    if enrolment.state == State.WITHDRAWN:
        raise EnrolmentEnded(state=enrolment.state)
    if part in enrolment.parts:
        raise AlreadyEnrolledOnPart(field="part", part=part)
    return LearnerEnrolled(
        force_id=enrolment.force_id,
        enrolment_id=EnrolmentId(enrolment.enrolment_id),
        learner_id=LearnerId(enrolment.learner_id),
        programme_id=enrolment.programme_id,
        programme_version=enrolment.programme_version,
        part=part,
        how=how,
    )


def defer(enrolment: Enrolment, reason: DeferralReason, until: date | None) -> EnrolmentDeferred:
    """Put training off; what is achieved meanwhile is kept."""
    if enrolment.state in (State.WITHDRAWN, State.COMPLETED):
        raise EnrolmentEnded(state=enrolment.state)
    if enrolment.state != State.ACTIVE:
        raise EnrolmentNotActive(state=enrolment.state)
    return EnrolmentDeferred(
        force_id=enrolment.force_id,
        enrolment_id=EnrolmentId(enrolment.enrolment_id),
        learner_id=LearnerId(enrolment.learner_id),
        reason=reason,
        until=until,
    )


def resume(enrolment: Enrolment) -> EnrolmentResumed:
    """Go on; `settle` then says what was completed meanwhile."""
    if enrolment.state != State.DEFERRED:
        raise EnrolmentNotDeferred(state=enrolment.state)
    return EnrolmentResumed(
        force_id=enrolment.force_id,
        enrolment_id=EnrolmentId(enrolment.enrolment_id),
        learner_id=LearnerId(enrolment.learner_id),
    )


def withdraw(enrolment: Enrolment, reason: WithdrawalReason) -> EnrolmentWithdrawn:
    """End training without completion."""
    if enrolment.state in (State.WITHDRAWN, State.COMPLETED):
        raise EnrolmentEnded(state=enrolment.state)
    return EnrolmentWithdrawn(
        force_id=enrolment.force_id,
        enrolment_id=EnrolmentId(enrolment.enrolment_id),
        learner_id=LearnerId(enrolment.learner_id),
        reason=reason,
    )


def has_place_for(enrolment: Enrolment, edition: Edition, fact: Fact) -> bool:
    """Whether an achievement belongs to this enrolment, be it new to it or not."""
    if enrolment.state == State.WITHDRAWN:
        return False
    if fact.kind is Kind.MODULE:
        part = edition.part_with(fact.code)
        return part is not None and part.code in enrolment.parts
    tied = (enrolment.programme_id, enrolment.programme_version)
    same = fact.programme_id is None or (fact.programme_id, fact.programme_version) == tied
    return same and fact.code in enrolment.parts


def complete_modules(
    enrolment: Enrolment, edition: Edition, facts: Iterable[Fact]
) -> list[ModuleCompleted]:
    """The modules among the facts that are new here; of a repeated one, the first."""
    found: dict[str, ModuleCompleted] = {}
    for fact in facts:
        part = edition.part_with(fact.code) if fact.kind is Kind.MODULE else None
        if part is None or fact.code in found or not has_place_for(enrolment, edition, fact):
            continue
        if fact.code not in enrolment.parts[part.code].modules:
            found[fact.code] = _module_completed(enrolment, part.code, fact)
    return list(found.values())


def _module_completed(enrolment: Enrolment, part: str, fact: Fact) -> ModuleCompleted:
    return ModuleCompleted(
        force_id=enrolment.force_id,
        enrolment_id=EnrolmentId(enrolment.enrolment_id),
        learner_id=LearnerId(enrolment.learner_id),
        programme_id=enrolment.programme_id,
        programme_version=enrolment.programme_version,
        part=part,
        module=fact.code,
        completed_on=fact.on,
        via=fact.via,
    )
