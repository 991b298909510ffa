"""Rosters: one of everybody per force, later one with newcomers and promotions."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from random import Random
from typing import Final

from npp_contracts.codes import Rank
from npp_ops.simulate.plan.chance import stream
from npp_ops.simulate.plan.people import Person
from npp_ops.simulate.plan.plan import Plan
from npp_ops.simulate.sent.uploads import Row, Upload, upload, written

HEADER: Final = (
    "collar_number",
    "given_name",
    "family_name",
    "email",
    "worker_type",
    "rank",
    "neighbourhood",
    "joined_on",
)
BAD_EVERY: Final = 90
DAY_FIRST_EVERY: Final = 3
# A cell to put into a row, and what the row must come back with.
FAULTS: Final = (
    ("email", "not an address", "email-invalid"),
    ("worker_type", "constable", "worker-type-unknown"),
    ("rank", "superintendant", "rank-unknown"),
    ("neighbourhood", "maybe", "not-yes-or-no"),
    ("joined_on", "31/02/2024", "date-invalid"),
    ("collar_number", "no number", "collar-number-invalid"),
    ("given_name", "R2-D2", "name-invalid"),
)
# Numbers of rows that are refused: above all that anybody has.
FIRST_BAD_COLLAR: Final = 90_000


def first_rosters(plan: Plan) -> list[Upload]:
    """What every force sends when it begins, bad rows and repeated rows included."""
    return [_first(plan, nth, strength.force_id) for nth, strength in enumerate(plan.strengths)]


def second_rosters(plan: Plan) -> list[Upload]:
    """Who has come since, and who has been promoted; forces without either send nothing."""
    found = []
    for nth, strength in enumerate(plan.strengths):
        rows = [
            (_cells(person, day_first=False), "")
            for person in plan.people
            if person.force_id == strength.force_id
            for person in _as_now(person, plan.moves.promoted)
        ]
        if rows:
            name = f"second roster of {strength.force_id}"
            found.append(upload(name, "rosters", strength.force_id, HEADER, rows, style=nth))
    return found


def _as_now(person: Person, promoted: frozenset[int]) -> Iterator[Person]:
    if person.late:
        yield person
    if person.at in promoted:
        yield replace(person, rank=Rank.SERGEANT)


def _first(plan: Plan, nth: int, force_id: str) -> Upload:
    chance = stream(plan.seed, "roster", force_id)
    day_first = nth % DAY_FIRST_EVERY == 0
    people = [each for each in plan.people if each.force_id == force_id and not each.late]
    rows: list[Row] = [(_cells(person, day_first=day_first), "") for person in people]
    for fault in range(1 + len(people) // BAD_EVERY):
        bad = _bad(chance.choice(people), nth + fault, plan.day)
        rows.insert(chance.randint(0, len(rows)), bad)
    rows += _repeated(people, chance, day_first=day_first)
    name = f"first roster of {force_id}"
    return upload(name, "rosters", force_id, HEADER, rows, style=nth)


def _cells(person: Person, *, day_first: bool) -> list[str]:
    return [
        person.collar,
        person.given,
        person.family,
        person.email,
        person.worker_type,
        person.rank,
        "yes",
        written(person.joined_on, day_first=day_first),
    ]


def _bad(like: Person, nth: int, day: date) -> Row:
    stranger = replace(like, collar=str(FIRST_BAD_COLLAR + nth), joined_on=day)
    cells = _cells(stranger, day_first=False)
    if nth % (len(FAULTS) + 1) == len(FAULTS):
        return [*cells, "surplus"], "too-many-fields"
    column, cell, reason = FAULTS[nth % (len(FAULTS) + 1)]
    cells[HEADER.index(column)] = cell
    return cells, reason


def _repeated(people: Sequence[Person], chance: Random, *, day_first: bool) -> Iterator[Row]:
    """Somebody's row once more, and once more with another name: the latter is refused."""
    if len(people) > 20:
        person = chance.choice(people)
        yield _cells(person, day_first=day_first), ""
        other = replace(person, family=f"{person.family}-Contradicted")
        yield _cells(other, day_first=day_first), "duplicate-collar-number"
