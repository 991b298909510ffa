"""What was measured, for machines (results.json) and for people (docs/benchmarks.md)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from .measure import Cost, Findings, Grown, Row

_HEAD = """# Benchmarks

Written by `make bench`; run it again rather than edit it. Floor and ours take turns in one run, on
a real Kafka and a real PostgreSQL with fsync on. A figure is the median of the rounds with its
lowest and highest; a ratio is ours / floor of a round, median, lowest and highest. The floors are
in `tests/load/floors/`. Read the ratios: what else the machine does moves both sides.

Rows C set other libraries beside ours on the same load, in the same rounds: theirs stand in the
floor's column. Their configurations, with the pages that advise them, are in `tests/load/peers/`;
what they promise is in [comparison.md](comparison.md).
"""
_COSTS = """## What an event costs
Each side is a process of its own. CPU is that process's alone; the first tenth of its events warms
it and is not counted. WAL is what the server wrote meanwhile, whole-page images included. Memory is
the most that was resident, with the interpreter and the libraries; P4's floor keeps its records.
"""
_GROWTH = """## How cost grows
One run each. The processes of a path share its partitions or shards; CPU and WAL are per event,
of all processes together, memory is the largest process's. On a machine of two cores a second
process shares them with Kafka and PostgreSQL.
"""
_RATIOS = ("", "what", "floor", "ours", "ratio", "goal", "reached")
_COST = ("", "side", "CPU", "WAL", "memory")
_GROWN = ("path", "events", "partitions", "processes", "events/s", "CPU", "WAL", "memory")


def save(found: Findings, about: Mapping[str, str], results: Path, page: Path) -> None:
    """Write both."""
    results.write_text(json.dumps(_document(found, about), indent=1) + "\n")
    notes = Path(__file__).with_name("limits.md")
    page.write_text(markdown(found, about, notes.read_text()))


def _document(found: Findings, about: Mapping[str, str]) -> dict[str, Any]:
    return {
        "about": dict(about),
        "rows": [asdict(row) | {"ratio": row.ratio, "met": row.met} for row in found.rows],
        "costs": [asdict(cost) for cost in found.costs],
        "growth": [asdict(grown) for grown in found.growth],
    }


def markdown(found: Findings, about: Mapping[str, str], notes: str = "") -> str:
    """The page."""
    parts = [
        _HEAD,
        _table(_RATIOS, map(_ratio, found.rows)),
        "## Floors",
        _floors(found.rows),
        *([_COSTS, _table(_COST, map(_cost, found.costs))] if found.costs else []),
        *([_GROWTH, _table(_GROWN, map(_grown, found.growth))] if found.growth else []),
        notes.strip(),
        "## Where",
        _where(about),
    ]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def tables(found: Findings) -> str:
    """What was found as Markdown tables, for whoever waits."""
    parts = [
        _table(_RATIOS, map(_ratio, found.rows)) if found.rows else "",
        _table(_COST, map(_cost, found.costs)) if found.costs else "",
        _table(_GROWN, map(_grown, found.growth)) if found.growth else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _ratio(row: Row) -> tuple[str, ...]:
    about = row.about
    reached = {True: "yes", False: "**no**", None: ""}[row.met]
    ratio = f"{row.ratio:.2f}× ({min(row.ratios):.2f} to {max(row.ratios):.2f})"
    sides = (f"{_spread(side)} {about.unit}" for side in (row.floor, row.ours))
    return (about.id, about.what, *sides, ratio, str(about.goal or ""), reached)


def _cost(cost: Cost) -> tuple[str, ...]:
    figures = ((cost.cpu, "µs"), (cost.wal, "B"), (cost.memory, "MiB"))
    shown = ("" if value is None else f"{_figure(value)} {unit}" for value, unit in figures)
    return (cost.id, cost.side, *shown)


def _grown(grown: Grown) -> tuple[str, ...]:
    counts = (f"{each:,}" for each in (grown.events, grown.partitions, grown.processes))
    cpu, written, memory = map(_figure, (grown.cpu, grown.wal, grown.memory))
    figures = (_figure(grown.rate), f"{cpu} µs", f"{written} B", f"{memory} MiB")
    return (grown.path, *counts, *figures)


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
