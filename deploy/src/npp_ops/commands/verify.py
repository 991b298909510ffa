"""npp verify."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from npp_ops.progress import ERRORS, OUTPUT, step
from npp_ops.simulate.load.client import Refused
from npp_ops.simulate.load.report import Record
from npp_ops.simulate.plan.plan import make_plan
from npp_ops.simulate.verify.comparison import Comparison
from npp_ops.simulate.verify.verifying import verify as compare
from npp_ops.stack import Stack

SHOWN = 40


def register(app: typer.Typer) -> None:
    app.command()(verify)


def verify(
    as_json: Annotated[bool, typer.Option("--json", help="print data for programs")] = False,
) -> None:
    """Compare all that people read, and what the services hold, with the plan and with the log."""
    stack = Stack.here()
    record = Record.of(stack)
    if record is None:
        raise LookupError("nothing was loaded here yet: npp demo")
    with step("The ledger's plan is made"):
        plan = make_plan(record.day, record.people, record.seed)
    try:
        comparison = asyncio.run(compare(stack, plan, record.uploads))
    except* (Refused, TimeoutError) as failed:
        for one in failed.exceptions:
            ERRORS.print(f"[red]npp verify:[/] {escape(str(one))}", highlight=False)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(asdict(comparison)))
    else:
        _tell(comparison)
    if comparison.differences:
        raise typer.Exit(1)


def _tell(comparison: Comparison) -> None:
    differences = comparison.differences
    for family, number in comparison.families.items():
        OUTPUT.print(f"{number:>9,}  {family}", highlight=False)
    OUTPUT.print(
        f"{comparison.compared:,} figures compared, {len(differences):,} differences",
        highlight=False,
    )
    if not differences:
        return
    table = Table("where", "expected", "found", box=None)
    for each in differences[:SHOWN]:
        table.add_row(escape(each.where), str(each.expected), str(each.found))
    OUTPUT.print(table)
    if len(differences) > SHOWN:
        OUTPUT.print(f"... and {len(differences) - SHOWN:,} more (--json has all)")
