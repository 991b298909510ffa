"""npp demo."""

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from npp_ops.progress import ERRORS, OUTPUT, step
from npp_ops.simulate.load.client import Refused
from npp_ops.simulate.load.files import WrongAnswer
from npp_ops.simulate.load.loading import load
from npp_ops.simulate.load.report import Loaded, Record, path_of
from npp_ops.simulate.plan.nation import EVERYBODY
from npp_ops.simulate.plan.plan import SEED, make_plan
from npp_ops.stack import Stack
from npp_ops.up import up


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    people: Annotated[
        int | None, typer.Option(min=43, max=EVERYBODY, help=f"size of the nation, or {EVERYBODY}")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help=f"of all that is left to chance, or {SEED}")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="send the same once more")] = False,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the demo's today")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print data for programs")] = False,
) -> None:
    """Bring the stack up and load a nation of forces and people through its public interfaces.

    Interrupted, it is completed by being started again.
    """
    stack = Stack.here()
    up(stack)
    record = Record.of(stack)
    if record is None:
        if again:
            raise LookupError("nothing was loaded here yet: npp demo")
        today = (day or datetime.now(UTC)).date()
        record = Record(path_of(stack), seed or SEED, today, people or EVERYBODY, [], {})
        record.save()
    _refuse_another(record, people, seed)
    with step("The nation is planned"):
        plan = make_plan(record.day, record.people, record.seed)
    try:
        loaded, record.uploads = asyncio.run(load(stack, plan))
    except* (Refused, WrongAnswer, TimeoutError) as failed:
        for one in failed.exceptions:
            ERRORS.print(f"[red]npp demo:[/] {escape(str(one))}", highlight=False)
        raise typer.Exit(1) from None
    record.loads.append(asdict(loaded))
    record.save()
    _tell(stack, loaded, as_json=as_json)


def _refuse_another(record: Record, people: int | None, seed: int | None) -> None:
    if people not in (None, record.people) or seed not in (None, record.seed):
        held = f"{record.people} people of seed {record.seed}, {record.day}"
        raise LookupError(f"this stack holds another nation ({held}): npp clean first")


def _tell(stack: Stack, loaded: Loaded, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(loaded) | {"dashboard": stack.url("reporting")}))
        return
    for what, rate in loaded.rates.items():
        OUTPUT.print(
            f"  {what:24}{rate['things']:>9,.0f} in {rate['seconds']:>6.1f} s"
            f"{rate['per_second']:>9,.0f}/s",
            highlight=False,
        )
    memory = sum(loaded.resident_mib.values())
    OUTPUT.print(
        f"{loaded.people:,} people, {loaded.online_completions:,} online completions,"
        f" {loaded.requests:,} requests in {loaded.seconds:.0f} s"
        f" ({loaded.requests_per_second:,.0f}/s, {loaded.retries:,} tried again);"
        f" services hold {memory} MiB",
        highlight=False,
    )
    OUTPUT.print(f"Dashboard: {stack.url('reporting')}/", highlight=False)
    OUTPUT.print(
        f"To build against: {stack.url('reporting')}/feeds/sandbox/events, with the token of"
        " `npp token --role force-system --force sandbox`",
        highlight=False,
    )
