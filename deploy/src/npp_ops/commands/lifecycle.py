"""npp up, npp down, npp clean."""

import json
from typing import Annotated

import typer

from npp_ops import down as stopping
from npp_ops.progress import ERRORS, OUTPUT
from npp_ops.stack import ISSUER, KAFKA, POSTGRES, Stack, services
from npp_ops.status import servers_status
from npp_ops.up import up as start

AsJson = Annotated[bool, typer.Option("--json", help="print data for programs")]


def register(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(down)
    app.command()(clean)


def up(
    only: Annotated[list[str] | None, typer.Argument(help="services; all without any")] = None,
    servers: Annotated[bool, typer.Option("--servers", help="no service at all")] = False,
    as_json: AsJson = False,
) -> None:
    """Start the whole stack, or what of it does not run."""
    if unknown := set(only or ()).difference(services()):
        raise typer.BadParameter(f"no such service: {', '.join(sorted(unknown))}")
    stack = Stack.here()
    started = start(stack, [] if servers else only or None)
    addresses = {name: stack.url(name) for name in [*services(), ISSUER]}
    addresses |= {name: servers_status(stack)[name]["address"] for name in (KAFKA, POSTGRES)}
    if as_json:
        typer.echo(json.dumps({"started": started, "addresses": addresses}))
        return
    OUTPUT.print(f"Started: {', '.join(started)}." if started else "Everything was up.")
    for name, address in addresses.items():
        OUTPUT.print(f"  {name:11} {address}", highlight=False)


def down() -> None:
    """Stop what `npp up` started; data stays."""
    _tell_killed(stopping.down(Stack.here()))


def clean() -> None:
    """Stop, and forget all data of this stack."""
    _tell_killed(stopping.clean(Stack.here()))


def _tell_killed(names: list[str]) -> None:
    if names:
        ERRORS.print(f"Did not stop in {stopping.PATIENCE} s and were killed: {', '.join(names)}")
        raise typer.Exit(1)
