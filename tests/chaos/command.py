"""What the commands of this package have in common: how they are asked, run and told to stop."""

import asyncio
import random
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")


def asked(prog: str, about: str | None, *, rows: bool = True) -> ArgumentParser:
    """A parser of the arguments that every command takes; rows: it plays some of them."""
    parser = ArgumentParser(prog=prog, description=about)
    if rows:
        parser.add_argument("--only", nargs="+", metavar="ROW", default=[], help="F1 F7")
        parser.add_argument("--case", nargs="+", default=[""], help="only cases so named, in part")
    parser.add_argument("--seed", type=int, default=random.randrange(1000))
    parser.add_argument("--rate", type=float, default=25.0, help="commands per second")
    return parser


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do it, and leave with SystemExit when told to stop: what was started is stopped first."""

    async def stoppable() -> T:
        if (mine := asyncio.current_task()) is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, mine.cancel)
        return await work

    try:
        return uvloop.run(stoppable())
    except asyncio.CancelledError:
        sys.exit(128 + signal.SIGTERM)
