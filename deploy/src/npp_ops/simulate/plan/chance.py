"""Seeded chance: one stream per subject, so that adding a subject moves no other."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from uuid import UUID, uuid5

_NAMESPACE = UUID("5f0c7a54-6f5c-5b1e-9a55-0c1f3a2d7e10")


def stream(seed: int, *subject: object) -> Random:
    return Random(":".join(map(str, (seed, *subject))))


def id_of(*what: object) -> UUID:
    """The same id for the same thing, in every run."""
    return uuid5(_NAMESPACE, ":".join(map(str, what)))


def shares(total: int, weights: Sequence[float]) -> list[int]:
    """`total` divided in these proportions by largest remainder; adds up exactly."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    given = [int(each) for each in exact]
    by_remainder = sorted(range(len(exact)), key=lambda at: (given[at] - exact[at], at))
    for at in by_remainder[: total - sum(given)]:
        given[at] += 1
    return given


def growing(chance: Random, first: date, last: date) -> date:
    """A day between two, later ones likelier: take-up grows."""
    days = (last - first).days
    return first + timedelta(days=round(days * chance.random() ** 0.62))


def weekday(day: date) -> date:
    """That day, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))
