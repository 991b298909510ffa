"""The funnel: how many reach each step, how long it takes, and where people stall."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from reporting.api.figures.guard import ALL, Counted
from reporting.api.figures.people import protected
from reporting.api.figures.reader import Document, Reader
from reporting.api.figures.tables import percent
from reporting.domain.disclosed import Cell
from reporting.domain.forces import force
from reporting.domain.steps import rough_days
from reporting.domain.suppression import is_small
from reporting.projections.rows import Row
from reporting.projections.way import STALLED, STEPS, way

COLUMNS = ("per", "key", "name", "step", "reached", "percent", "stalled", "median_days")
# What these totals are called in the table by force.
_CALLED = {
    "registered": "registered",
    "baseline": "baseline_done",
    "classroom": "classroom_attended",
    "final": "final_passed",
}
_ALIKE: Final = {
    "enrolled": ("enrolled",),
    "baseline": ("baseline_done",),
    "classroom": ("classroom_attended",),
    "final": ("final_passed",),
    "submitted": ("submitted", "returned", "assessed", "quality_assured", "signed"),
    "assessed": ("assessed", "quality_assured", "signed"),
    "signed": ("signed",),
}


@dataclass(slots=True)
class Step:
    """One step of one key. stalled: who got this far and no further; None for a module.

    timed: of how many it is known how long it took; median_days is theirs.
    """

    reached: int = 0
    stalled: int | None = None
    timed: int = 0
    median_days: float | None = None


Way = dict[str, Step]


async def funnel(reader: Reader) -> Document:
    per = reader.choices.per
    ways = _ways(await way(reader.connection, reader.force, per))
    everybody = ways.pop(None, {})
    steps = _in_order(everybody)
    theirs = await protected(reader)
    hidden = await reader.guard.withheld(_counted(per, ways, everybody, theirs))
    exact = reader.guard.exact
    rows = [
        _row(per, key, step, each, hidden, exact=exact)
        for key, each in sorted(ways.items())
        for step in steps
    ]
    totals = [_row(per, ALL, step, everybody, hidden, exact=exact) for step in steps]
    n = totals[0]["reached"] if totals else 0
    return {
        "n": n,
        "numerator": None,
        "denominator": {"value": n},
        "parameters": {"per": per},
        "columns": COLUMNS,
        "rows": rows,
        "totals": totals,
    }


def _ways(found: Iterable[Row]) -> dict[Any, Way]:
    ways = defaultdict[Any, Way](lambda: defaultdict(Step, {each: Step(0, 0) for each in STEPS}))
    for row in found:
        step, stalled = row["step"], row["step"].removeprefix(STALLED)
        if step != stalled:
            ways[row["key"]][stalled].stalled = row["reached"]
        else:
            mine = ways[row["key"]][step]
            mine.reached, mine.timed = row["reached"], row["timed"]
            mine.median_days = row["median_days"]
    return ways


def _in_order(everybody: Way) -> list[str]:
    of_modules = sorted(step for step in everybody if step not in STEPS)
    return [*STEPS[:2], *of_modules, *STEPS[2:]] if everybody else []


def _name(per: str, step: str, key: str) -> Cell:
    if key == ALL:
        module = step.removeprefix("module ")
        same = ("module_completions", "module", module) if module != step else None
        return same or (_CALLED.get(step, f"reached {step}"), ALL)
    return ("registered", key) if (per, step) == ("force", "registered") else (per, step, key)


def _counted(per: str, ways: dict[str, Way], everybody: Way, theirs: Counted) -> Counted:
    counts = Counted()
    for step, whole in everybody.items():
        parts = {_name(per, step, key): each[step].reached for key, each in ways.items()}
        counts.total(_name(per, step, ALL), whole.reached, parts)
    for key in (*ways, ALL) if ways else ():
        registered, enrolled = (_name(per, step, key) for step in STEPS[:2])
        counts.rest(("not-enrolled", key), registered, [enrolled])
    if ways:
        _along(counts, per, everybody)
    for key in (*(ways if per == "force" else ()), ALL):
        _as_by_force(counts, key, ways.get(key, everybody), theirs)
    return counts


def _as_by_force(counts: Counted, key: str, steps: Way, theirs: Counted) -> None:
    """The table by force counts nearly the same, where people were then."""
    for step, columns in _ALIKE.items():
        mine, same = _name("force", step, key), [(column, key) for column in columns]
        if mine in counts.counts and mine not in same and counts.beside(theirs, same):
            counts.compare(("beyond", *mine), mine, same)
    completions = ("module_completions", key)
    modules = [_name("force", step, key) for step in steps if step not in STEPS]
    if modules and counts.beside(theirs, [completions]):
        counts.compare(("other modules", key), completions, modules)


def _along(counts: Counted, per: str, everybody: Way) -> None:
    """Everybody stalls somewhere; who reached a step and does not stay there went further."""
    names = {step: _name(per, step, ALL) for step in STEPS}
    stalled: dict[Cell, int] = {
        ("stalled", *name): everybody[step].stalled or 0 for step, name in names.items()
    }
    counts.total(names["registered"], everybody["registered"].reached, stalled)
    for name in names.values():
        counts.rest(("further", *name), name, [("stalled", *name)])


def _row(per: str, key: str, step: str, steps: Way, hidden: frozenset[Cell], *, exact: bool) -> Row:
    found, name = steps[step], _name(per, step, key)
    withheld = {"reached", "percent", "median_days"} if name in hidden else set()
    # Force by force there would be more sums than can be kept apart: only the whole is told.
    if found.stalled is not None and not exact and (key != ALL or ("stalled", *name) in hidden):
        withheld.add("stalled")
    if _name(per, "registered", key) in hidden:
        withheld.add("percent")
    if not exact and is_small(found.timed):
        withheld.add("median_days")
    shown = {
        "reached": found.reached,
        "percent": percent(found.reached, steps["registered"].reached),
        "stalled": found.stalled,
        "median_days": _median(found, exact=exact),
    }
    about = {"per": per, "key": key, "name": _called(per, key), "step": step}
    names = [each for each in shown if each in withheld]
    return about | shown | dict.fromkeys(names) | {"suppressed": names}


def _median(step: Step, *, exact: bool) -> float | None:
    if exact or step.median_days is None:
        return step.median_days
    return rough_days(step.median_days, step.timed)


def _called(per: str, key: str) -> str:
    if key == ALL:
        return "Everybody"
    return force(key).name if per == "force" else key
