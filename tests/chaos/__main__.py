"""`python -m tests.chaos`: run the rows, print a table, write docs/faults.md and results.json."""

import sys
from argparse import Namespace
from collections.abc import AsyncGenerator, Sequence

from .arena import BROKERS, NETWORK, PLAIN, standing
from .command import asked, run
from .judge import FAILED, Verdict, play
from .report import PAGE, RESULTS, about, line, merged, save, table
from .row import Case, Row, every_row


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the rows that were asked for; 1 when one of them fails."""
    parser = asked("make chaos", __doc__)
    parser.add_argument("--quick", action="store_true", help="the CI subset; nothing is written")
    parser.add_argument("--update", action="store_true", help="write what was run into the page")
    given = parser.parse_args(arguments)
    rows = [row for row in every_row() if not given.only or row.id in given.only]
    if unknown := set(given.only) - {row.id for row in rows}:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    verdicts = run(_run(rows, given))
    sys.stdout.write(table(rows, verdicts) + "\n")
    return int(any(one.status == FAILED for one in verdicts))


async def _run(rows: Sequence[Row], given: Namespace) -> list[Verdict]:
    sys.stdout.write(f"seed {given.seed}\n")
    verdicts: list[Verdict] = []
    for setup in (PLAIN, BROKERS, NETWORK):
        mine_rows = [row for row in rows if row.setup == setup]
        wanted = [(row, case) for row in mine_rows for case in row.cases if _asked(given, case)]
        if wanted:
            async for verdict in in_one_arena(wanted, setup, given):
                verdicts.append(verdict)
                _keep(given, verdicts)
    return verdicts


def _keep(given: Namespace, verdicts: Sequence[Verdict]) -> None:
    # After every case, so that a run that is cut short has said what it saw.
    whole = not (given.only or given.quick or given.case != [""])
    if whole or given.update:
        every = every_row()
        command = f"make chaos (seed {given.seed}, {given.rate:g} commands per second)"
        kept = verdicts if whole else merged(every, verdicts, RESULTS)
        save(every, kept, about(command), RESULTS, PAGE)


async def in_one_arena(
    wanted: Sequence[tuple[Row, Case]], setup: str, given: Namespace
) -> AsyncGenerator[Verdict, None]:
    """The cases of one set-up, one after another on the same history."""
    async with standing(setup, given.seed, given.rate) as arena:
        for row, case in wanted:
            verdict = await play(arena, row, case)
            sys.stdout.write(line(verdict) + "\n")
            sys.stdout.flush()
            yield verdict


def _asked(given: Namespace, case: Case) -> bool:
    named = any(part in case.name for part in given.case)
    return named and (case.quick or not given.quick)


if __name__ == "__main__":
    sys.exit(main())
