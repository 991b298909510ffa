"""`python -m tests.chaos.unprotected`: play cases without their protection; each must fail."""

import asyncio
import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from npp_ops.home import CHECKOUT
from tests.chaos.arena import BROKERS, NETWORK, PLAIN, Arena, standing
from tests.chaos.command import asked, run
from tests.chaos.judge import play
from tests.chaos.report import rewrite
from tests.chaos.row import Case, Row, every_row

from .catalogue import EVERY, Without
from .seen import Seen, keep, seen

_HOOK: Final = Path(__file__).with_name("hook")
_LASTING: Final = {"I0", "I1", "I2", "I3", "I5", "I7"}
"""Invariants over the whole history: once violated, they say nothing of a later case."""
_REST_SECONDS: Final = 45.0

Wanted = tuple[Row, Case, Without]


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what was asked for; 1 when a case holds without its protection."""
    given = asked("python -m tests.chaos.unprotected", __doc__).parse_args(arguments)
    found = run(_run(given))
    return int(not all(one.failed for one in found))


async def _run(given: Namespace) -> list[Seen]:
    found: list[Seen] = []
    for setup in (PLAIN, BROKERS, NETWORK):
        wanted = [one for one in _wanted(given) if one[0].setup == setup]
        while wanted:
            async with standing(setup, given.seed, given.rate) as arena:
                found += await _in_one_arena(arena, wanted)
    return found


def _wanted(given: Namespace) -> list[Wanted]:
    cases = {(row.id, case.name): (row, case) for row in every_row() for case in row.cases}
    asked = [one for one in EVERY if not given.only or one.row in given.only]
    named = [one for one in asked if any(part in one.case for part in given.case)]
    return [(*cases[one.row, one.case], one) for one in named]


async def _in_one_arena(arena: Arena, wanted: list[Wanted]) -> list[Seen]:
    """Play from the front of what is wanted for as long as the history can still tell."""
    found: list[Seen] = []
    spoilt: set[str] = set()
    while True:
        row, case, without = wanted.pop(0)
        with _taken_away(without.act):
            await _anew(arena)
            verdict = await play(arena, row, case)
        found.append(seen(without, verdict, spoilt))
        sys.stdout.write(f"{found[-1]}\n")
        sys.stdout.flush()
        keep(found[-1])
        rewrite()
        spoilt |= _LASTING.intersection(n for n, wrong in verdict.violations.items() if wrong)
        if not wanted or spoilt.intersection(wanted[0][2].fails):
            return found
        if "restored" in verdict.violations or not await _made_good(arena):
            return found


@contextmanager
def _taken_away(act: str) -> Iterator[None]:
    """Whatever service is started inside the block lacks it."""
    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(_HOOK), str(CHECKOUT), before])
    os.environ["CHAOS_WITHOUT"] = act
    try:
        yield
    finally:
        os.environ["PYTHONPATH"] = before
        del os.environ["CHAOS_WITHOUT"]


async def _anew(arena: Arena) -> None:
    await asyncio.gather(*map(arena.crew.replace, list(arena.crew.members.values())))
    await arena.ready()


async def _made_good(arena: Arena) -> bool:
    """Whether the members, whole again, do what had been left undone."""
    try:
        await _anew(arena)
        await arena.rest(_REST_SECONDS)
    except TimeoutError:
        return False
    # What the next case adds is counted from here.
    arena.repeated = (await arena.read()).repeated
    return True


if __name__ == "__main__":
    sys.exit(main())
