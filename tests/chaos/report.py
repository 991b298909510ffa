"""What the rows came to, for machines (results.json) and for people (docs/faults.md)."""

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import psutil

from npp_ops.home import CHECKOUT
from tests.load.machine import commit, processor

from .invariants import TITLES
from .judge import FAILED, NOT_RUN, PASSED, Verdict
from .row import Row, every_row
from .unprotected.seen import Seen, kept

RESULTS: Final = Path(__file__).with_name("results.json")
PAGE: Final = CHECKOUT / "docs" / "faults.md"
_HEAD = """# Faults

Written by `make chaos`; run it again rather than edit it. Service processes, Kafka and PostgreSQL
(fsync on) are real. Rows run one after another on one history that only grows; after each case
every invariant is checked over the whole of it: E, the rows of the event logs; K, every record of
the topics from offset 0; R, the read models; D, open dead letters. Duplicates are those that the
case has added. A case that can't be run here says why and counts as not run. `make chaos` runs all
rows; `--update` runs some and leaves the others as they were, each with its own time and commit.

`python -m tests.chaos.unprotected` plays cases once more with a protection taken away inside the
service processes; the last column says what was then violated, of which each row below tells more.
"""
_FIGURES: Final = ("commands", "retries", "events", "records", "crashes", "duplicates", "dead")


def about(command: str) -> dict[str, str]:
    """What somebody needs who wants to run it again."""
    memory = psutil.virtual_memory().total / 2**30
    return {
        "command": command,
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "machine": f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": sys.version.split()[0],
        "packages": ", ".join(f"{p} {version(p)}" for p in ("aiokafka", "asyncpg", "faststream")),
    }


def line(verdict: Verdict) -> str:
    """One case as it ends."""
    figures = ", ".join(f"{name} {value}" for name, value in verdict.figures.items())
    said = f"{verdict.row} {verdict.case}: {verdict.status} in {verdict.seconds:.0f} s ({figures})"
    wrong = [f"    {name}: {v}" for name, found in verdict.violations.items() for v in found]
    why = [f"    {verdict.did}"] if verdict.status == NOT_RUN else []
    return "\n".join([said, *why, *wrong])


def table(rows: Sequence[Row], verdicts: Sequence[Verdict]) -> str:
    """One line per row: how its cases ended."""
    lines = [("#", "fault", "where", "result"), ("---",) * 4]
    for row in rows:
        mine = [one for one in verdicts if one.row == row.id]
        counts = {s: sum(one.status == s for one in mine) for s in (PASSED, FAILED, NOT_RUN)}
        result = ", ".join(f"{number} {status}" for status, number in counts.items() if number)
        lines.append((row.id, row.fault, row.where, result or "not run yet"))
    return _table(lines)


def matrix(verdicts: Sequence[Verdict], bare: Mapping[tuple[str, str], Seen]) -> str:
    """One line per case: each invariant, and the figures that say how hard it was tried.

    bare: what was seen of cases without their protection.
    """
    heads = ("#", "case", *TITLES, *_FIGURES, "seconds", "without its protection")
    lines = [heads, ("---",) * len(heads)]
    for one in verdicts:
        held = [_mark(one, name) for name in TITLES]
        figures = [str(one.figures.get(name, "")) for name in _FIGURES]
        last = f"{one.seconds:.0f}", _fell(bare.get((one.row, one.case)))
        lines.append((one.row, one.case, *held, *figures, *last))
    return _table(lines)


def _table(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _fell(seen: Seen | None) -> str:
    if seen is None:
        return ""
    return f"{', '.join(seen.violations)} violated" if seen.failed else "**held**"


def _mark(verdict: Verdict, name: str) -> str:
    if name not in verdict.violations:
        return "–"
    return "**no**" if verdict.violations[name] else "✓"


def save(
    rows: Sequence[Row],
    verdicts: Sequence[Verdict],
    where: Mapping[str, str],
    results: Path,
    page: Path,
) -> None:
    """Write both anew."""
    document = {"about": dict(where), "cases": [asdict(one) for one in verdicts]}
    results.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    page.write_text(markdown(rows, verdicts, where, kept()))


def rewrite() -> None:
    """Write the page anew from what is kept."""
    rows, stood = every_row(), json.loads(RESULTS.read_text())
    PAGE.write_text(markdown(rows, merged(rows, [], RESULTS), stood["about"], kept()))


def merged(rows: Sequence[Row], verdicts: Sequence[Verdict], results: Path) -> list[Verdict]:
    """These verdicts beside those of the other cases as they stand in the results."""
    stood: list[Verdict] = []
    if results.exists():
        stood = [Verdict(**case) for case in json.loads(results.read_text())["cases"]]
    known = {(one.row, one.case): one for one in [*stood, *verdicts]}
    order = [(row.id, case.name) for row in rows for case in row.cases]
    return [known[name] for name in order if name in known]


def markdown(
    rows: Sequence[Row],
    verdicts: Sequence[Verdict],
    where: Mapping[str, str],
    bare: Mapping[tuple[str, str], Seen],
) -> str:
    """The page."""
    parts = [_HEAD, table(rows, verdicts), "## Cases", matrix(verdicts, bare)]
    parts += ["## Invariants", _invariants()]
    for row in rows:
        parts.append(f"## {row.id}: {row.fault}")
        parts.append(f"Fails without: {row.without}")
        parts += [_case(one) for one in verdicts if one.row == row.id]
        parts += [_bare(one) for one in bare.values() if one.row == row.id]
    parts += ["## Where", "\n".join(f"- {name}: {value}" for name, value in where.items())]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _invariants() -> str:
    return "\n".join(f"- {name}: {title}." for name, title in TITLES.items())


def _bare(seen: Seen) -> str:
    how = "it failed" if seen.failed else "**it held**"
    head = f"**{seen.case}** without {seen.what}: {how} ({seen.when}, {seen.commit})."
    wrong = [f"- {name}: {said}" for name, found in seen.violations.items() for said in found]
    return "\n".join([head, "", *wrong]).strip()


def _case(verdict: Verdict) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in verdict.figures.items())
    run = f" ({verdict.when}, {verdict.commit})" if verdict.when else ""
    lines = [f"**{verdict.case}**: {verdict.status}{run}. {verdict.did}."]
    lines += [f"- {figures}"] if figures else []
    lines += [f"- **{name}**: {v}" for name, found in verdict.violations.items() for v in found]
    return "\n".join([lines[0], "", *lines[1:]]).strip()
