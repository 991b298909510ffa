"""How everything ends: each fact with the force that owns it, in the order of the load."""

# Facts belong to the force that a person was in when they were recorded. Transfers come after all
# else but the completions that follow them, so everything else is the first force's.

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from npp_contracts.codes import Attendance, CompletedVia, Occasion, SessionKind
from npp_contracts.day import day_of
from npp_contracts.ids import NATIONAL
from npp_ops.simulate.plan.classes import Class
from npp_ops.simulate.plan.folders import Reaches
from npp_ops.simulate.plan.people import Person
from npp_ops.simulate.plan.plan import Plan
from npp_ops.simulate.plan.programme import (
    CLASSROOM_MODULES,
    LEADERSHIP_MODULES,
    ONLINE_MODULES,
)
from npp_ops.simulate.plan.sittings import Sitting
from npp_ops.simulate.sent.completions import after_transfers, completion_files
from npp_ops.simulate.sent.rosters import first_rosters, second_rosters
from npp_ops.simulate.sent.uploads import Upload


@dataclass(frozen=True, slots=True)
class Done:
    """A module completion as it is recorded."""

    person: int
    force_id: str
    module: str
    on: date
    via: CompletedVia


@dataclass(eq=False)
class Ending:
    """The end of a plan."""

    plan: Plan

    def first_force(self, at: int) -> str:
        return self.plan.people[at].force_id

    def force_now(self, at: int) -> str:
        moved = self.plan.transferred.get(at)
        return moved.to_force_id if moved else self.first_force(at)

    @cached_property
    def completions(self) -> tuple[Done, ...]:
        return (*self._online(), *self._attended(), *self._after_transfers())

    def _online(self) -> Iterator[Done]:
        for each in self.plan.completions:
            yield Done(each.person, self.first_force(each.person), each.module, each.on, each.via)

    def _attended(self) -> Iterator[Done]:
        for session in self.plan.classes:
            for mark in session.register:
                if session.module is not None and mark.attendance is Attendance.FULL:
                    on = day_of(session.starts_at)
                    force_id = self.first_force(mark.person)
                    yield Done(mark.person, force_id, session.module, on, CompletedVia.ATTENDANCE)

    def _after_transfers(self) -> Iterator[Done]:
        for each in self.plan.moves.transfers:
            if each.module is not None:
                yield Done(each.person, each.to_force_id, each.module, each.on, CompletedVia.CSV)

    @cached_property
    def completions_by_force(self) -> Mapping[str, Sequence[Done]]:
        found: dict[str, list[Done]] = {}
        for done in self.completions:
            found.setdefault(done.force_id, []).append(done)
        return found

    @cached_property
    def modules(self) -> Mapping[int, set[str]]:
        """Modules done, by person."""
        found: dict[int, set[str]] = {person.at: set() for person in self.plan.people}
        for done in self.completions:
            found[done.person].add(done.module)
        return found

    @cached_property
    def portfolios(self) -> Mapping[int, Reaches]:
        """Everybody has one, since everybody is on the part that needs it."""
        driven: dict[int, Reaches] = {each.person: each.reaches for each in self.plan.folders}
        return {person.at: driven.get(person.at, "draft") for person in self.plan.people}

    @cached_property
    def valid_sittings(self) -> tuple[Sitting, ...]:
        return tuple(each for each in self.plan.sittings if each.counts is not None)

    @cached_property
    def final_passed(self) -> frozenset[int]:
        return frozenset(
            each.person
            for each in self.valid_sittings
            if each.occasion is Occasion.FINAL and each.passed
        )

    @cached_property
    def parts(self) -> Mapping[int, Mapping[str, bool]]:
        """By person the parts that they are on, and whether each is complete."""
        return {person.at: self._parts(person) for person in self.plan.people}

    def _parts(self, person: Person) -> dict[str, bool]:
        done = self.modules[person.at]
        practice = person.at in self.final_passed and self.portfolios[person.at] == "signed"
        found = {
            "NPP1": done.issuperset(ONLINE_MODULES),
            "NPP2": practice and done.issuperset(CLASSROOM_MODULES),
        }
        if person.leads or person.at in self.plan.moves.promoted:
            found["NPP4"] = done.issuperset(LEADERSHIP_MODULES)
        return found

    @cached_property
    def enrolments(self) -> Mapping[int, str]:
        """How training stands, by person."""
        found = {
            person.at: "completed" if all(self.parts[person.at].values()) else "active"
            for person in self.plan.people
        }
        found |= {each.person: "deferred" for each in self.plan.moves.deferrals if not each.resumed}
        return found | {each.person: "withdrawn" for each in self.plan.moves.withdrawals}

    @cached_property
    def seats(self) -> Mapping[str, "Seats"]:
        """How the places of each session end, by its name."""
        return {session.name: seats_of(session, self.plan) for session in self.plan.classes}

    @cached_property
    def files(self) -> tuple[Upload, ...]:
        """What is sent in, each file once."""
        plan = self.plan
        first = (*first_rosters(plan), *completion_files(plan))
        return (*first, *second_rosters(plan), *after_transfers(plan))

    def signed(self) -> Counter[str]:
        """People with a signed portfolio by the force that signed."""
        return Counter(
            self.first_force(at) for at, state in self.portfolios.items() if state == "signed"
        )


@dataclass(frozen=True, slots=True)
class Seats:
    """Who has a place or waits at the end; how often one was booked, waited for and cancelled."""

    seated: tuple[int, ...]
    queued: tuple[int, ...]
    bookings: int
    waits: int
    cancellations: int

    @property
    def booked(self) -> int:
        return len(self.seated)

    @property
    def waiting(self) -> int:
        return len(self.queued)


def seats_of(session: Class, plan: Plan) -> Seats:
    """Played through: who cancels makes room for the first who waits."""
    booked = list(session.asking[: session.capacity])
    waiting = list(session.asking[session.capacity :])
    bookings, waits, gone = len(booked), len(waiting), 0
    for at in (*session.gives_up, *session.taken_away, *_movers(session, plan)):
        gone += 1
        if at in waiting:
            waiting.remove(at)
            continue
        booked.remove(at)
        if waiting:
            booked.append(waiting.pop(0))
            bookings += 1
    if session.cancelled is not None:
        return Seats((), (), bookings, waits, gone + len(booked) + len(waiting))
    return Seats(tuple(booked), tuple(waiting), bookings, waits, gone)


def _movers(session: Class, plan: Plan) -> list[int]:
    """Who leaves the force takes no place along at its own sessions."""
    ahead = not session.held and session.cancelled is None and session.force_id != NATIONAL
    if not ahead or session.kind is not SessionKind.CLASSROOM:
        return []
    left = {*session.gives_up, *session.taken_away}
    return [at for at in session.asking if at in plan.transferred and at not in left]
