"""What was measured, for machines (results.json) and for people (docs/benchmarks.md)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from .measure import Row

_HEAD = """# Benchmarks

Written by `make bench`; run it again rather than edit it. Floor and ours take turns in one run, on
a real Kafka and a real PostgreSQL with fsync on. A figure is the median of the rounds with its
lowest and highest; a ratio is ours / floor of a round, median, lowest and highest. The floors are
in `tests/load/floors/`. Read the ratios: what else the machine does moves both sides.
"""
_TABLE = ("", "what", "floor", "ours", "ratio", "goal", "reached")


def save(rows: Sequence[Row], about: Mapping[str, str], results: Path, page: Path) -> None:
    """Write both."""
    results.write_text(json.dumps(_document(rows, about), indent=1) + "\n")
    notes = Path(__file__).with_name("limits.md")
    page.write_text(markdown(rows, about, notes.read_text()))


def _document(rows: Sequence[Row], about: Mapping[str, str]) -> dict[str, Any]:
    return {
        "about": dict(about),
        "rows": [asdict(row) | {"ratio": row.ratio, "met": row.met} for row in rows],
    }


def markdown(rows: Sequence[Row], about: Mapping[str, str], notes: str = "") -> str:
    """The page."""
    parts = [
        _HEAD,
        table(rows),
        "## Floors",
        _floors(rows),
        notes.strip(),
        "## Where",
        _where(about),
    ]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [_TABLE, tuple("---" for _ in _TABLE), *(_cells(row) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cells(row: Row) -> tuple[str, ...]:
    about = row.about
    reached = {True: "yes", False: "**no**", None: ""}[row.met]
    ratio = f"{row.ratio:.2f}× ({min(row.ratios):.2f} to {max(row.ratios):.2f})"
    sides = (f"{_spread(side)} {about.unit}" for side in (row.floor, row.ours))
    return (about.id, about.what, *sides, ratio, str(about.goal or ""), reached)


def _spread(values: Sequence[float]) -> str:
    shown = _figure(median(values))
    return (
        shown if len(values) == 1 else f"{shown} ({_figure(min(values))} to {_figure(max(values))})"
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _floors(rows: Sequence[Row]) -> str:
    floors = dict.fromkeys((row.about.id, row.about.floor) for row in rows)
    return "\n".join(f"- {number}: {floor}." for number, floor in floors)


def _where(about: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in about.items())
