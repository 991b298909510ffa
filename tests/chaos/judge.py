"""Playing one case of a row: load, fault, healing, rest; then every invariant over everything."""

import asyncio
import time
import traceback
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from tests.load.machine import commit

from . import invariants
from .arena import Arena
from .invariants import Counted, Times, some
from .ledger import Ledger
from .load import Load
from .restoring import restore
from .row import Case, NotRun, Row, Told
from .scrape import scrape
from .watch import alive_throughout, readiness_follows

HEAL_SECONDS: Final = 60.0
PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"


@dataclass(slots=True)
class Verdict:
    """What came out of a case: by invariant its violations, none where it holds.

    when, commit: of the run.
    """

    row: str
    case: str
    did: str = ""
    status: str = PASSED
    seconds: float = 0.0
    figures: dict[str, str | float] = field(default_factory=dict)
    violations: dict[str, list[str]] = field(default_factory=dict)
    when: str = ""
    commit: str = ""


async def play(arena: Arena, row: Row, case: Case) -> Verdict:
    """Run a case and judge it; whatever goes wrong is a part of the verdict."""
    verdict = Verdict(row.id, case.name, commit=commit())
    verdict.when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    begun = time.monotonic()
    try:
        await _play(arena, case, verdict)
    except NotRun as why:
        verdict.status, verdict.did = NOT_RUN, str(why)
    except Exception as error:  # noqa: BLE001 - the table must say so, and the next row be run
        verdict.violations["row"] = [_said(error)]
    try:
        await restore(arena)
    except Exception as error:  # noqa: BLE001 - the same
        verdict.violations["restored"] = [_said(error)]
    if any(verdict.violations.values()):
        verdict.status = FAILED
    verdict.seconds = time.monotonic() - begun
    return verdict


def _said(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({last.name}:{last.lineno})"


async def _play(arena: Arena, case: Case, verdict: Verdict) -> None:
    before = arena.repeated
    crew, load = arena.crew, arena.load
    crew.crashes, done, retries = 0, load.sender.done, load.sender.retries
    crew.surprises.clear()
    load.failures.clear()
    arena.watch.clear()
    late: list[str] = []
    if case.load:
        async with load.running():
            told, well = await _fault(arena, case, late)
    else:
        told, well = await _fault(arena, case, late)
    rest = await _within(arena.rest(HEAL_SECONDS), late)
    book = await arena.read()
    await arena.fold.fill(book.facts)
    arena.repeated = book.repeated
    new = book.repeated - before
    verdict.did = told.did
    verdict.violations = await _judged(arena, told, book, new)
    verdict.violations["I8"] += late
    verdict.figures = {
        "commands": load.sender.done - done,
        "retries": load.sender.retries - retries,
        "events": len(book.facts),
        "records": len(book.records),
        "crashes": crew.crashes,
        "duplicates": new.total(),
        "dead": book.dead,
        "well after": round(well, 1),
        "at rest after": round(rest, 1),
        **told.figures,
    }


async def _fault(arena: Arena, case: Case, late: list[str]) -> tuple[Told, float]:
    told = await case.run(arena)
    await arena.ready()
    return told, await _within(arena.well(HEAL_SECONDS), late)


async def _within(waiting: Awaitable[float], late: list[str]) -> float:
    # What is late is judged all the same: the other invariants say what it comes from.
    try:
        return await waiting
    except TimeoutError as error:
        late.append(str(error))
        return HEAL_SECONDS


async def _judged(
    arena: Arena, told: Told, book: Ledger, repeated: Counter[str]
) -> dict[str, list[str]]:
    crew, published = arena.crew, book.published
    counted = await _counted(arena)
    asked = arena.fold.expected(), arena.fold.found(arena.url)
    expected, found = await asyncio.gather(*asked)
    samples = arena.watch.samples
    return {
        "I0": await acknowledged(arena, arena.load),
        "I1": invariants.nothing_lost(book.facts, published),
        "I2": invariants.nothing_invented(book.facts, published),
        "I3": invariants.nothing_overtaken(published, book.forgiven),
        "I4": invariants.few_duplicates(repeated.total(), crew.crashes, told.duplicates)
        + invariants.only_these(repeated, told.repeatable),
        "I5": invariants.as_folded(expected, found),
        "I7": invariants.all_accounted(counted) + invariants.all_settled(book, arena.consumed),
        "I8": invariants.at_rest(book, arena.consumed),
        "I9": alive_throughout(samples)
        + readiness_follows(samples, told.outages)
        + list(crew.surprises),
        "row": list(told.violations),
    }


async def _counted(arena: Arena) -> list[Counted]:
    found = await asyncio.gather(*(scrape(each) for each in arena.crew.members.values()))
    return [one for each in found if each is not None for one in each.counted()]


_HEADCOUNTS: Final = """
SELECT (p ->> 'headcount')::int, count(*) FROM e
WHERE type = 'npp.enrolment.workforce-reported.v1' GROUP BY 1
"""
_EVIDENCE: Final = """
SELECT p ->> 'evidence_id', count(*) FROM e
WHERE type = 'npp.portfolio.evidence-recorded.v1' GROUP BY 1
"""
_MOVES: Final = """
SELECT key, CASE type WHEN 'npp.enrolment.enrolment-deferred.v1' THEN 'defer' ELSE 'resume' END,
       count(*) FROM e
WHERE type IN ('npp.enrolment.enrolment-deferred.v1', 'npp.enrolment.enrolment-resumed.v1')
GROUP BY 1, 2
"""
_COMPLETIONS: Final = """
SELECT key, p ->> 'module', count(*) FROM e
WHERE type = 'npp.enrolment.module-completed.v1' GROUP BY 1, 2
"""
_EFFECTS: Final = {
    _HEADCOUNTS: "headcount",
    _EVIDENCE: "evidence",
    _MOVES: "deferral or resumption",
    _COMPLETIONS: "completion",
}


async def acknowledged(arena: Arena, load: Load) -> list[str]:
    """I0: each acknowledged command shows in E exactly once; and none was refused."""
    said = load.acknowledged
    due: dict[str, Times] = {
        _HEADCOUNTS: Counter((n,) for n in said.headcounts),
        _EVIDENCE: Counter((name,) for name in said.evidence),
        _MOVES: Counter(said.moves),
        _COMPLETIONS: Counter(said.completions),
    }
    wrong = some(load.failures, "commands refused or unanswered")
    for sql, what in _EFFECTS.items():
        found = {row[:-1]: row[-1] for row in await arena.fold.ask(sql)}
        wrong += invariants.once(due[sql], found, what)
    return wrong
