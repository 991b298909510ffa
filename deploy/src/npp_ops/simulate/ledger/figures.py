"""The figures of reporting as they must be, per sight: a force's, or the nation's for None."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from npp_contracts.codes import Attendance, SessionKind
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.improvement import improvement
from npp_ops.simulate.ledger.pipeline import pipeline
from npp_ops.simulate.ledger.progress import progress, totals
from npp_ops.simulate.ledger.quality import data_quality, data_quality_with_files
from npp_ops.simulate.ledger.risk import at_risk
from npp_ops.simulate.ledger.sessions import by_state, with_places
from npp_ops.simulate.ledger.shapes import ALL, STATES, TRAINING, percent
from npp_ops.simulate.plan.classes import Class, Mark

Figure: TypeAlias = dict[str, Any]


def headline(ending: Ending, own: str | None) -> Figure:
    signed, staff = ending.signed(), denominators(ending)
    rows: list[Figure] = [
        {
            "force_id": each,
            "numerator": signed[each],
            "denominator": staff[each],
            "percent": percent(signed[each], staff[each]),
        }
        for each in seen(ending, own)
    ]
    number = sum(row["numerator"] for row in rows)
    share = percent(number, sum(row["denominator"] for row in rows))
    return {"n": number, "numerator": number, "percent": share, "rows": rows}


def forces(ending: Ending, own: str | None) -> Figure:
    staff = denominators(ending)
    rows: list[Figure] = [
        progress(ending)[each]
        | {
            "force_id": each,
            "denominator": staff[each],
            "percent": percent(progress(ending)[each]["staff_signed"], staff[each]),
        }
        for each in seen(ending, own)
    ]
    summed = totals(ending, seen(ending, own))
    return {"n": summed["registered"], "rows": rows, "totals": {"force_id": ALL, **summed}}


def improved(ending: Ending, own: str | None) -> Figure:
    found = improvement(ending, own)
    return {"n": found["n_matched"], "rows": [found]}


def enrolments(ending: Ending, own: str | None) -> Figure:
    counted = Counter((ending.force_now(at), state) for at, state in ending.enrolments.items())
    return _by_state(ending, own, TRAINING, counted)


def portfolios(ending: Ending, own: str | None) -> Figure:
    counted = Counter(
        (ending.first_force(at), state.replace("-", "_")) for at, state in ending.portfolios.items()
    )
    return _by_state(ending, own, STATES, counted)


def _by_state(
    ending: Ending, own: str | None, states: Iterable[str], counted: Mapping[tuple[str, str], int]
) -> Figure:
    listed = seen(ending, own)
    rows: list[Figure] = [
        {"force_id": each, **{state: counted.get((each, state), 0) for state in states}}
        for each in listed
    ]
    summed = {state: sum(row[state] for row in rows) for state in states}
    return {
        "n": sum(summed.values()),
        "rows": rows,
        "totals": {"force_id": ALL, **summed},
    }


def parts(ending: Ending, own: str | None) -> Figure:
    enrolled, completed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for person in ending.plan.people:
        force_id = ending.force_now(person.at)
        if own in (None, force_id):
            for part, complete in ending.parts[person.at].items():
                for of in (force_id, ALL):
                    enrolled[of, part] += 1
                    completed[of, part] += complete
    rows: list[Figure] = [
        {
            "force_id": of,
            "part": part,
            "enrolled": count,
            "completed": completed[of, part],
            "percent": percent(completed[of, part], count),
        }
        for (of, part), count in enrolled.items()
    ]
    return {"n": sum(row["enrolled"] for row in rows if row["force_id"] == ALL), "rows": rows}


def attendance(ending: Ending, own: str | None) -> Figure:
    found: dict[tuple[str, SessionKind], Counter[str]] = {}
    for session in ending.plan.classes:
        for mark in session.register:
            force_id = ending.first_force(mark.person)
            if own in (None, force_id):
                for of in (force_id, ALL):
                    counted = found.setdefault((of, session.kind), Counter())
                    counted[mark.attendance.replace("-", "_")] += 1
                    counted["minutes"] += minutes(session, mark)
    names = ("full", "part", "no_show", "minutes")
    rows: list[Figure] = [
        {"force_id": of, "kind": kind, **{name: counted[name] for name in names}}
        for (of, kind), counted in found.items()
    ]
    n = sum(row[name] for row in rows if row["force_id"] == ALL for name in names[:3])
    return {"n": n, "rows": rows}


def minutes(session: Class, mark: Mark) -> int:
    if mark.minutes is not None:
        return mark.minutes
    return session.duty_minutes if mark.attendance is Attendance.FULL else 0


def denominators(ending: Ending) -> dict[str, int]:
    return {each.force_id: each.headcount for each in ending.plan.strengths}


def seen(ending: Ending, own: str | None) -> list[str]:
    """The forces that a reader's tables list."""
    return [each.force_id for each in ending.plan.strengths if own in (None, each.force_id)]


FIGURES: Final[Mapping[str, Callable[[Ending, str | None], Figure]]] = {
    "headline": headline,
    "forces": forces,
    "improvement": improved,
    "enrolments": enrolments,
    "parts": parts,
    "portfolios": portfolios,
    "sessions": with_places,
    "attendance": attendance,
    "at-risk": at_risk,
    "data-quality": data_quality_with_files,
    "pipeline": pipeline,
}
OLDER: Final[Mapping[tuple[str, int], Callable[[Ending, str | None], Figure]]] = {
    ("sessions", 1): by_state,
    ("data-quality", 1): data_quality,
}
"""Figures by earlier versions of their definitions, which must answer as they did."""
