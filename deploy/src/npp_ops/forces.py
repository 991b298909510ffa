"""The 43 territorial forces of England and Wales, as the demo knows them."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from npp_contracts.ids import SANDBOX


@dataclass(frozen=True, slots=True)
class Force:
    """A force. `pcsos` is None where none were published; `headcount` is synthetic."""

    id: str
    name: str
    region: str
    officers: float
    pcsos: float | None
    headcount: int


def tenant_ids() -> list[str]:
    """All that may be given access to a topic of their own: the forces, and the sandbox."""
    return [*(force.id for force in forces()), SANDBOX]


@cache
def forces() -> tuple[Force, ...]:
    """All of them, by id; strength as published (officers March 2025, PCSOs September 2025)."""
    text = (files("npp_ops") / "forces.csv").read_text(encoding="utf-8")
    return tuple(
        Force(
            row["data_police_uk_id"],
            row["display_name"],
            row["home_office_region"],
            float(row["officer_fte_2025_03_31"]),
            float(row["pcso_fte_2025_09"]) if row["pcso_fte_2025_09"] else None,
            int(row["demo_np_headcount_SYNTHETIC"]),
        )
        for row in csv.DictReader(text.splitlines())
    )
