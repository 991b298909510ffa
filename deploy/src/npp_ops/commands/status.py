"""npp status."""

import asyncio
import json
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from npp_ops.progress import ERRORS, OUTPUT
from npp_ops.stack import Stack, services
from npp_ops.status import ServiceStatus, servers_status, services_status

_COLUMNS = ("service", "ready", "outbox", "age s", "lag", "lag s", "dead", "parked", "MiB", "url")


def register(app: typer.Typer) -> None:
    app.command()(status)


def status(
    as_json: Annotated[bool, typer.Option("--json", help="print data for programs")] = False,
) -> None:
    """Show how servers and services are; exit status 1 unless all is ready."""
    stack = Stack.here()
    if not stack.state.ports:
        ERRORS.print("This stack has never been up: npp up")
        raise typer.Exit(1)
    found = asyncio.run(services_status(stack, services()))
    servers = servers_status(stack)
    if as_json:
        data = {"servers": servers, "services": {one.name: one.to_dict() for one in found}}
        typer.echo(json.dumps(data))
    else:
        for name, server in servers.items():
            word = "listens" if server["listening"] else "[red]does not listen[/]"
            OUTPUT.print(f"{name:9} {server['address']} {word}", highlight=False)
        OUTPUT.print(table(found))
    well = all(one.ready for one in found) and all(one["listening"] for one in servers.values())
    raise typer.Exit(0 if well else 1)


def table(found: list[ServiceStatus]) -> Table:
    table = Table(*_COLUMNS, box=None)
    for one in found:
        reasons = "; ".join(f"{name}: {why}" for name, why in one.problems.items())
        numbers = (
            one.outbox_depth,
            one.outbox_age_seconds,
            one.lag_records,
            one.lag_seconds,
            one.dead_letters,
            one.parked,
            one.resident_mib,
        )
        shown = ["-" if number is None else f"{number:.0f}" for number in numbers]
        ready = "yes" if one.ready else f"[red]no[/] {escape(reasons)}"
        if one.paused:
            ready += f" [yellow]paused:[/] {escape(', '.join(one.paused))}"
        table.add_row(one.name, ready, *shown, one.url)
    return table
