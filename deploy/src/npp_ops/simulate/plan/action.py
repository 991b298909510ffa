"""The week of action of June 2026: its three published sessions, open to everybody."""

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Final

from npp_contracts.codes import Attendance, SessionKind
from npp_contracts.ids import NATIONAL
from npp_ops.simulate.plan.chance import stream
from npp_ops.simulate.plan.chosen import by_force
from npp_ops.simulate.plan.classes import Class, Mark, london
from npp_ops.simulate.plan.people import Person

FRIDAY: Final = date(2026, 6, 19)
# Hour of start (Europe/London), host and title as published.
PUBLISHED: Final = (
    (
        10,
        "Avon and Somerset",
        "Supporting officer welfare: using automated trauma tracking to start better conversations",
    ),
    (
        12,
        "South Wales",
        (
            "Faces in our communities: maximising opportunities to disrupt crime and disorder "
            "through facial recognition"
        ),
    ),
    (
        14,
        "College of Policing",
        (
            "Supporting your leadership development: the National Centre for Police Leadership "
            "and updated learning platform"
        ),
    ),
)
BOOKED: Final = 0.025
CAPACITY: Final = 1_000
MINUTES: Final = 60


def week_of_action(people: Sequence[Person], seed: int, day: date) -> tuple[Class, ...]:
    """How many came is invented; after the day there is a register, before it bookings only."""
    staff = [person for force in by_force(people).values() for person in force]
    count = min(CAPACITY, max(3, round(len(staff) * BOOKED)))
    return tuple(
        _session(published, count, staff, stream(seed, "action", published[0]), held=day > FRIDAY)
        for published in PUBLISHED
    )


def _session(
    published: tuple[int, str, str],
    count: int,
    staff: list[Person],
    chance: Random,
    *,
    held: bool,
) -> Class:
    hour, host, title = published
    asking = tuple(person.at for person in chance.sample(staff, count))
    register = tuple(_mark(person, chance.random()) for person in asking) if held else ()
    return Class(
        f"week-of-action:{hour}",
        NATIONAL,
        SessionKind.WEEK_OF_ACTION,
        title,
        None,
        london(FRIDAY, hour),
        london(FRIDAY, hour + 1),
        CAPACITY,
        MINUTES,
        f"Online, hosted by {host}",
        asking,
        register,
    )


def _mark(person: int, drawn: float) -> Mark:
    if drawn < 0.12:
        return Mark(person, Attendance.NO_SHOW)
    return Mark(person, Attendance.PART, 20) if drawn < 0.2 else Mark(person, Attendance.FULL)
