"""What one reader's figures are counted from: a force's own, or everything for the nation."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, TypeVar

from npp_contracts.ids import NATIONAL
from npp_ops.forces import forces
from npp_ops.simulate.log.facts import (
    Done,
    Enrolment,
    File,
    Learner,
    Portfolio,
    Report,
    Seat,
    Session,
)
from npp_ops.simulate.log.standing import Standing
from npp_ops.simulate.log.told import Told

T = TypeVar("T")
THERE: Final = ("full", "part")
_MARKS: Final = {
    "portfolio-submitted": "submitted",
    "portfolio-assessed": "assessed",
    "portfolio-signed": "signed",
}

Days = dict[str, dict[str, date]]
"""By learner the first day of each step."""


@dataclass(eq=False)
class People:
    """What is known of everybody, wherever it happened: it goes along with them."""

    standing: Standing

    @cached_property
    def steps(self) -> Days:
        found: Days = defaultdict(dict)

        def mark(who: str, step: str, on: date | None) -> None:
            if on is not None:
                found[who][step] = min(found[who].get(step, on), on)

        for each in self.standing.enrolments.values():
            mark(each.learner_id, "enrolled", each.enrolled_on)
            mark(each.learner_id, "certified", each.certified_on)
        for result in self.standing.results.values():
            if measured(result):
                mark(result.said.learner_id or "", result.said.occasion or "", result.on)
        for seat in self.standing.seats.values():
            if in_classroom(seat) and seat.register is not None:
                mark(seat.learner_id, "classroom", seat.register.held_on)
        for portfolio in self.standing.portfolios.values():
            for kind, step in _MARKS.items():
                mark(portfolio.learner_id, step, portfolio.days.get(kind))
        return found

    @cached_property
    def modules(self) -> Days:
        found: Days = defaultdict(dict)
        for done in self.standing.completions:
            mine = found[done.learner_id]
            mine[done.module] = min(mine.get(done.module, done.on), done.on)
        return found

    @cached_property
    def moved_on(self) -> Mapping[str, date]:
        """The last day on which anything but a module shows progress."""
        found: dict[str, date] = {}

        def mark(who: str, on: date | None) -> None:
            if on is not None:
                found[who] = max(found.get(who, on), on)

        for result in self.standing.results.values():
            mark(result.said.learner_id or "", result.on if result.said.valid else None)
        for seat in self.standing.seats.values():
            if seat.register is not None and seat.register.attendance in THERE:
                mark(seat.learner_id, seat.register.held_on)
        for portfolio in self.standing.portfolios.values():
            mark(portfolio.learner_id, portfolio.moved_on)
        return found


@dataclass(eq=False)
class Sight:
    """own: whose reader; None for the nation's. What is a person's is of where they are now."""

    own: str | None
    people: People
    learners: Mapping[str, Learner]
    enrolments: Mapping[str, Enrolment]
    portfolios: Mapping[str, Portfolio]
    results: Mapping[str, Told]
    seats: Mapping[str, Seat]
    sessions: Mapping[str, Session]
    completions: list[Done]
    signatures: list[tuple[str, str]]
    reports: Mapping[str, list[Report]]
    files: Mapping[str, list[File]]
    waiting: Mapping[str, int]

    @property
    def standing(self) -> Standing:
        return self.people.standing

    def listed(self) -> list[str]:
        """The forces that a table has a row for."""
        return [each.id for each in forces()] if self.own is None else [self.own]


def sights(standing: Standing) -> dict[str, Sight]:
    """Every reader's, by force and for the nation."""
    nation = _nation(standing)
    where = {who: each.force_id for who, each in nation.learners.items()}
    learners = _by(nation.learners, lambda each: each.force_id)
    enrolments = _by(nation.enrolments, lambda each: where[each.learner_id])
    portfolios = _by(nation.portfolios, lambda each: each.force_id)
    results = _by(nation.results, lambda each: each.force_id)
    seats = _by(nation.seats, lambda each: each.force_id)
    sessions = _by(nation.sessions, lambda each: each.force_id)
    completions = defaultdict[str, list[Done]](list)
    for done in nation.completions:
        completions[done.force_id].append(done)
    found = {
        own: Sight(
            own,
            nation.people,
            learners[own],
            enrolments[own],
            portfolios[own],
            results[own],
            seats[own],
            sessions[own] | sessions[NATIONAL],
            completions[own],
            [pair for pair in nation.signatures if pair[0] == own],
            {own: nation.reports[own]} if own in nation.reports else {},
            {own: nation.files[own]} if own in nation.files else {},
            {own: nation.waiting[own]} if own in nation.waiting else {},
        )
        for own in (each.id for each in forces())
    }
    return found | {NATIONAL: nation}


def _nation(standing: Standing) -> Sight:
    known = standing.learners.keys()
    signed = [(e.signed_by, e.learner_id) for e in standing.portfolios.values() if e.signed_by]
    return Sight(
        None,
        People(standing),
        standing.learners,
        {key: each for key, each in standing.enrolments.items() if each.learner_id in known},
        standing.portfolios,
        standing.results,
        standing.seats,
        standing.sessions,
        standing.completions,
        signed,
        standing.reports,
        standing.files,
        standing.waiting,
    )


def _by(found: Mapping[str, T], force_of: Callable[[T], str]) -> Mapping[str, dict[str, T]]:
    parted: defaultdict[str, dict[str, T]] = defaultdict(dict)
    for key, each in found.items():
        parted[force_of(each)][key] = each
    return parted


def measured(result: Told) -> bool:
    """Whether it says that its step was done: any valid baseline, a final that was passed."""
    said = result.said
    passed = said.outcome == "passed"
    return said.valid and (passed or (said.occasion, said.outcome) == ("baseline", "failed"))


def in_classroom(seat: Seat) -> bool:
    said = seat.register
    return said is not None and said.kind == "classroom" and said.attendance in THERE
