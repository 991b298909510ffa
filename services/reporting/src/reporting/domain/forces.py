"""The forces by id: names in both languages and regions, as data."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from npp_contracts.ids import SANDBOX

NATIONAL = "national"


@dataclass(frozen=True, slots=True)
class Force:
    """`welsh_name` is empty outside Wales."""

    force_id: str
    name: str
    welsh_name: str
    region: str


@cache
def forces() -> dict[str, Force]:
    """All of them, in order of their id."""
    text = (files("reporting.domain") / "forces.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["force_id"]: Force(**row) for row in rows}


def tenants() -> tuple[str, ...]:
    """All that have a feed and doors of their own: every force, and the sandbox, which is none."""
    return (*forces(), SANDBOX)


def force(force_id: str) -> Force:
    """The force of an id; one that has come since is called by its id until the data knows it."""
    if force_id == NATIONAL:
        return Force(NATIONAL, "National", "", "")
    if force_id == SANDBOX:
        return Force(SANDBOX, "the sandbox (invented)", "", "")
    return forces().get(force_id) or Force(force_id, force_id, "", "")
