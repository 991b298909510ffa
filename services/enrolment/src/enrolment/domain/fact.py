"""What somebody has achieved, from wherever we heard of it, before it counts for an enrolment."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from npp_contracts.codes import CompletedVia

PROGRAMME_BEGAN = date(2025, 6, 1)
"""Online modules were launched in June 2025; an earlier completion is of something else."""


class Kind(StrEnum):
    """What was achieved."""

    MODULE = "module"
    FINAL = "final"
    PORTFOLIO = "portfolio"


@dataclass(frozen=True, slots=True)
class Fact:
    """An achievement. `code` is the module's, or the part's of a final or a portfolio.

    A module counts for every programme version that has it; a final and a portfolio only for
    the version they were taken on, or for any when `programme_id` is None.
    """

    kind: Kind
    code: str
    on: date
    programme_id: str | None = None
    programme_version: int | None = None
    via: CompletedVia = CompletedVia.ATTENDANCE
    """How we heard of a module; says nothing about the other kinds."""
