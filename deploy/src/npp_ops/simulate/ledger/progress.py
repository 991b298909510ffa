"""The force table: everything that leads up to the headline."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from npp_contracts.codes import Attendance, Occasion, SessionKind
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.shapes import PROGRESS

Table: TypeAlias = dict[str, dict[str, int]]


@lru_cache(maxsize=4)
def progress(ending: Ending) -> Table:
    """By force, a count for each of the columns."""
    table = {each.force_id: dict.fromkeys(PROGRESS, 0) for each in ending.plan.strengths}
    for at, state in ending.enrolments.items():
        now = table[ending.force_now(at)]
        now["registered"] += 1
        now["enrolled"] += state != "withdrawn"
    for at, state in ending.portfolios.items():
        table[ending.first_force(at)][state.replace("-", "_")] += 1
        table[ending.first_force(at)]["staff_signed"] += state == "signed"
    for done in ending.completions:
        table[done.force_id]["module_completions"] += 1
    for column, people in _people(ending).items():
        for at in people:
            table[ending.first_force(at)][column] += 1
    return table


def _people(ending: Ending) -> dict[str, set[int]]:
    """Distinct people, by what they have done."""
    return {
        "baseline_done": {
            each.person for each in ending.valid_sittings if each.occasion is Occasion.BASELINE
        },
        "final_passed": set(ending.final_passed),
        "classroom_attended": {
            mark.person
            for session in ending.plan.classes
            if session.kind is SessionKind.CLASSROOM
            for mark in session.register
            if mark.attendance is not Attendance.NO_SHOW
        },
    }


def totals(ending: Ending, forces: Iterable[str]) -> dict[str, int]:
    """Sums over these forces; nobody counts in two of them, since transfers come last."""
    table = progress(ending)
    listed = list(forces)
    return {column: sum(table[each][column] for each in listed) for column in PROGRESS}
