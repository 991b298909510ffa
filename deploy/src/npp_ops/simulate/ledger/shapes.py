"""Figures as flat numbers: where each stands, and what it is. Expected and found are cut alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Number: TypeAlias = int | float | None
Flat: TypeAlias = dict[str, Number]
Document: TypeAlias = Mapping[str, Any]

ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Shape:
    """A figure's rows: what tells them apart, and which of their cells are numbers.

    top: numbers of the document itself, by their path. sums: further lists of rows, with sums.
    """

    by: tuple[str, ...]
    cells: tuple[str, ...]
    top: tuple[str, ...] = ("n",)
    sums: tuple[str, ...] = ()


STATES: Final = ("draft", "submitted", "returned", "assessed", "quality_assured", "signed")
TRAINING: Final = ("active", "deferred", "withdrawn", "completed")
PROGRESS: Final = (
    "registered",
    "enrolled",
    "baseline_done",
    "module_completions",
    "classroom_attended",
    "final_passed",
    *STATES,
    "staff_signed",
)
SHAPES: Final = {
    "headline": Shape(
        ("force_id",), ("numerator", "denominator", "percent"), ("n", "numerator", "percent")
    ),
    "forces": Shape(("force_id",), (*PROGRESS, "denominator", "percent")),
    "module-completions": Shape(("period", "key"), ("completions",), ("n",), ("periods", "keys")),
    "improvement": Shape(
        (),
        (
            "n_matched",
            "n_baseline_only",
            "n_final_only",
            "n_transferred",
            "mean_baseline",
            "mean_final",
            "change_percent",
            "change_low",
            "change_high",
            "points",
            "gain",
            "effect_size",
            "excluded_absent",
            "excluded_void",
            "excluded_later_attempt",
        ),
    ),
    "funnel": Shape(("key", "step"), ("reached", "percent", "stalled")),
    "at-risk": Shape(("force_id",), ("in_training", "due", "idle", "at_risk", "percent")),
    "pipeline": Shape(
        ("force_id", "state"), ("portfolios", "fresh", "ageing", "old", "stale", "median_days")
    ),
    "enrolments": Shape(("force_id",), TRAINING),
    "parts": Shape(("force_id", "part"), ("enrolled", "completed", "percent")),
    "portfolios": Shape(("force_id",), STATES),
    "sessions": Shape(
        ("force_id", "kind"),
        ("sessions", "places", "booked", "waiting", "attended", "no_show"),
    ),
    "sessions 1": Shape(("force_id", "kind", "state"), ("sessions", "capacity")),
    "attendance": Shape(("force_id", "kind"), ("full", "part", "no_show", "minutes")),
    "data-quality": Shape(("force_id", "check"), ("found",)),
    "data-quality 1": Shape(("force_id", "check"), ("found",)),
    "freshness": Shape(("group", "topic"), ("events",)),
}


def flat(where: str, figure: str, document: Document) -> Flat:
    """Every number of a figure under its own address, `where` first."""
    return cut(where, SHAPES[figure], document)


def cut(where: str, shape: Shape, document: Document) -> Flat:
    """The same by a shape."""
    found: Flat = {}
    for name in shape.top:
        found |= {f"{where} {name}": value for value in _at(document, name.split("."))}
    totals = document.get("totals", [])
    rows = [*document["rows"], *(totals if isinstance(totals, list) else [totals])]
    found |= _cells(where, rows, shape.by, shape.cells)
    for name in shape.sums:
        found |= _cells(f"{where} {name}", document[name], shape.by, shape.cells)
    return found


def _at(document: Any, path: list[str]) -> Iterable[Number]:
    for name in path:
        if not isinstance(document, Mapping) or name not in document:
            return
        document = document[name]
    yield document


def _cells(
    where: str, rows: Iterable[Document], by: tuple[str, ...], cells: tuple[str, ...]
) -> Flat:
    found: Flat = {}
    for row in rows:
        place = " ".join(str(row[name]) for name in by if name in row)
        for name in cells:
            if name in row:
                found[f"{where} {place} {name}"] = row[name]
    return found


def percent(numerator: int, denominator: int | None) -> float | None:
    """Two decimals; of nothing there is none."""
    return round(100 * numerator / denominator, 2) if denominator else None
