"""`python -m tests.load`: measure, print a table, write docs/benchmarks.md and results.json."""

import asyncio
import signal
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import uvloop

from chassis.logs import set_up_logging
from chassis.process import tune
from npp_ops.home import CHECKOUT
from npp_ops.testing.local import LocalServers

from . import (
    growth,
    machine,
    p1_projection,
    p3_commit,
    p4_relay,
    p5_command,
    p6_query,
    p7_freshness,
    p8_rebuild,
)
from .measure import Findings
from .report import save, tables
from .stage import Stage

BENCHES: Final[dict[str, Callable[[Stage], Awaitable[Findings]]]] = {
    "projection": p1_projection.measure,
    "commit": p3_commit.measure,
    "relay": p4_relay.measure,
    "command": p5_command.measure,
    "query": p6_query.measure,
    "freshness": p7_freshness.measure,
    "rebuild": p8_rebuild.measure,
    "growth": growth.measure,
}
RESULTS: Final = Path(__file__).with_name("results.json")
PAGE: Final = CHECKOUT / "docs" / "benchmarks.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benches that were asked for; 0 even where a goal is missed: the table says so."""
    parser = ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="bench", help=", ".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help="one short round; nothing is written")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--events",
        type=int,
        help="the length of the log that is rebuilt from, or stands behind the pages",
    )
    given = parser.parse_args(arguments)
    if unknown := set(given.only) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    with ExitStack() as stack:
        servers = LocalServers(durable=True)
        stack.callback(servers.stop)
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="npp-load-")))
        try:
            uvloop.run(_run(given, servers.postgres(), servers.kafka(), logs))
        except asyncio.CancelledError:
            return 128 + signal.SIGTERM
    return 0


async def _run(given: Namespace, postgres: str, kafka: str, logs: Path) -> None:
    if (mine := asyncio.current_task()) is not None:
        # Told to stop: what was started is stopped too.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, mine.cancel)
    set_up_logging("load", "WARNING")
    tune()  # as every process of ours does; the floors have as much of it
    rounds, scale = (1, 0.05) if given.quick else (given.rounds, 1.0)
    async with Stage(postgres, kafka, logs, rounds, scale, given.events) as stage:
        found = await measured(stage, given.only or list(BENCHES))
        complete = not (given.quick or given.only)
        if complete:
            about = await machine.about(stage, f"make bench ({rounds} rounds)")
            save(found, about, RESULTS, PAGE)


async def measured(stage: Stage, names: Sequence[str]) -> Findings:
    """Run benches by name; what each has found is printed at once."""
    found = Findings()
    for name in names:
        new = await BENCHES[name](stage)
        sys.stdout.write(tables(new) + "\n\n")
        sys.stdout.flush()
        found.add(new)
    return found


if __name__ == "__main__":
    sys.exit(main())
