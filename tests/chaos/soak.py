"""`make soak`: random faults of the rows' repertoire, from a seed, for as long as it is told."""

import random
import sys
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Final

import psutil

from .arena import PLAIN, Arena, standing
from .command import asked, run
from .invariants import BATCH
from .judge import PASSED, Verdict, play
from .report import line
from .restoring import restore
from .row import Case, NotRun, Row, Told, every_row

_AT_ONCE: Final = 3
"""Faults between two looks at every invariant."""
_MEBIBYTE: Final = 2**20

Fault = tuple[Row, Case]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until the time is over or something is wrong; 1 in that case."""
    parser = asked("make soak", __doc__, rows=False)
    parser.add_argument("--minutes", type=float, default=30.0)
    verdicts = run(_run(parser.parse_args(arguments)))
    return int(any(one.status != PASSED for one in verdicts))


async def _run(given: Namespace) -> list[Verdict]:
    _say(f"seed {given.seed}, {given.minutes:g} minutes, {given.rate:g} commands per second")
    async with standing(PLAIN, given.seed, given.rate) as arena:
        return await soak(arena, random.Random(given.seed), given.minutes * 60)


async def soak(arena: Arena, chance: random.Random, seconds: float) -> list[Verdict]:
    """Rounds of faults; each ends with every invariant over the whole history."""
    begun, verdicts, done = time.monotonic(), list[Verdict](), Counter[str]()
    before = _memory(arena)
    repertoire = [(row, case) for row in every_row() if row.setup == PLAIN for case in row.cases]
    while time.monotonic() - begun < seconds:
        faults = draw(chance, repertoire)
        names = [f"{row.id} {case.name}" for row, case in faults]
        row = Row("soak", "", "", "", ())
        case = Case(" + ".join(names), partial(several, faults), load=faults[0][1].load)
        verdicts.append(await play(arena, row, case))
        done.update(names)
        _say(f"{time.monotonic() - begun:.0f} s  {line(verdicts[-1])}")
        if verdicts[-1].status != PASSED:
            break  # the damage would show in every later round
    _say(f"{sum(done.values())} faults, {len(done)} kinds, in {len(verdicts)} rounds")
    after = _memory(arena)
    for name in sorted(after):
        _say(f"{name}: {before.get(name, 0):.0f} MiB at the start, {after[name]:.0f} at the end")
    return verdicts


def draw(chance: random.Random, repertoire: Sequence[Fault]) -> list[Fault]:
    """A few faults under load, or one that wants none."""
    first = chance.choice(repertoire)
    if not first[1].load:
        return [first]
    others = [fault for fault in repertoire if fault[1].load and fault is not first]
    return [first, *chance.sample(others, min(len(others), _AT_ONCE - 1))]


async def several(faults: Sequence[Fault], arena: Arena) -> Told:
    """One fault after another, and what all of them told."""
    all_told = Told("", duplicates=0)
    for row, case in faults:
        crashes = arena.crew.crashes
        try:
            told = await case.run(arena)
        except NotRun as why:
            all_told.did += f"{row.id} {case.name} can't be run: {why}; "
            continue
        await restore(arena)
        await arena.well()
        allowed = (arena.crew.crashes - crashes) * BATCH
        all_told.duplicates = (all_told.duplicates or 0) + max(allowed, told.duplicates or 0)
        all_told.did += f"{row.id} {case.name}: {told.did}; "
        all_told.violations += [f"{row.id} {case.name}: {one}" for one in told.violations]
        all_told.outages = [*all_told.outages, *told.outages]
    return all_told


def _memory(arena: Arena) -> dict[str, float]:
    return {
        member.name: psutil.Process(member.pid).memory_info().rss / _MEBIBYTE
        for member in arena.crew.members.values()
    }


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
