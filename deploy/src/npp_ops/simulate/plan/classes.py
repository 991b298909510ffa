"""Classroom sessions of every force: held ones with registers, coming ones with bookings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final

from npp_contracts.codes import Attendance, SessionCancellation, SessionKind
from npp_contracts.day import LONDON
from npp_ops.simulate.plan.chance import stream, weekday
from npp_ops.simulate.plan.chosen import by_force, in_line, part_of
from npp_ops.simulate.plan.people import Person
from npp_ops.simulate.plan.programme import BEGAN, CLASSROOM_MODULES, TITLES

DUTY_MINUTES: Final = 420
PART_MINUTES: Final = 180
TAUGHT: Final = 0.14
SEATS: Final = 16
WAITING: Final = 3
NO_SHOW: Final = 0.05
PART: Final = 0.1
CANCELLED_EVERY: Final = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of a register; minutes only where attendance was in part."""

    person: int
    attendance: Attendance
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Class:
    """A session. `asking` in the order of asking; beyond capacity they wait.

    gives_up: who cancels their own place. taken_away: whose place the organiser cancels.
    """

    name: str
    force_id: str
    kind: SessionKind
    title: str
    module: str | None
    starts_at: datetime
    ends_at: datetime
    capacity: int
    duty_minutes: int
    venue: str
    asking: tuple[int, ...]
    register: tuple[Mark, ...] = ()
    gives_up: tuple[int, ...] = ()
    taken_away: tuple[int, ...] = ()
    cancelled: SessionCancellation | None = None

    @property
    def held(self) -> bool:
        return bool(self.register)


def classes_of(people: Sequence[Person], seed: int, day: date) -> tuple[Class, ...]:
    """For each force the three modules, then what is on its calendar."""
    found: list[Class] = []
    for nth, (force_id, staff) in enumerate(by_force(people).items()):
        chance = stream(seed, "classes", force_id)
        for module in CLASSROOM_MODULES:
            line = [person.at for person in in_line(staff, seed, module)]
            taught = part_of(len(line), TAUGHT, min(2, len(line)))
            found += _held(force_id, module, line[:taught], chance, day)
            called_off = (nth + len(found)) % CANCELLED_EVERY == 0
            on = weekday(day + timedelta(days=chance.randint(10, 90)))
            reason = chance.choice(list(SessionCancellation)) if called_off else None
            found += _coming(force_id, module, line[taught:], on, reason)
    return tuple(found)


def london(day: date, hour: int) -> datetime:
    """That hour of the day in London, in UTC."""
    return datetime.combine(day, time(hour), LONDON).astimezone(UTC)


def _held(
    force_id: str, module: str, line: list[int], chance: Random, day: date
) -> Iterator[Class]:
    first = max(BEGAN, day - timedelta(days=300))
    for nth, start in enumerate(range(0, len(line), SEATS)):
        seats = tuple(line[start : start + SEATS])
        on = weekday(first + (day - timedelta(days=3) - first) * chance.random())
        marks = tuple(_mark(person, chance.random()) for person in seats)
        planned = _class(f"held-{nth}", force_id, module, on, capacity=SEATS, asking=seats)
        yield replace(planned, register=marks)


def _mark(person: int, drawn: float) -> Mark:
    if drawn < NO_SHOW:
        return Mark(person, Attendance.NO_SHOW)
    if drawn < PART:
        return Mark(person, Attendance.PART, PART_MINUTES)
    return Mark(person, Attendance.FULL)


def _coming(
    force_id: str, module: str, line: list[int], on: date, reason: SessionCancellation | None
) -> Iterator[Class]:
    """One session ahead; some are called off, in the others places change hands."""
    capacity = max(1, min(SEATS, len(line) // 8))
    asking = tuple(line[: capacity + WAITING])
    if not asking:
        return
    planned = _class("coming", force_id, module, on, capacity=capacity, asking=asking)
    if reason is not None:
        yield replace(planned, cancelled=reason)
        return
    taken_away = asking[1:2] if capacity > 1 else ()
    yield replace(planned, gives_up=asking[:1], taken_away=taken_away)


def _class(
    name: str, force_id: str, module: str, on: date, *, capacity: int, asking: tuple[int, ...]
) -> Class:
    return Class(
        f"{force_id}:{module}:{name}",
        force_id,
        SessionKind.CLASSROOM,
        f"{TITLES[module]} (one day)",
        module,
        london(on, 9),
        london(on, 17),
        capacity,
        DUTY_MINUTES,
        "Training centre (invented)",
        asking,
    )
