"""npp return: computing again, from the log, what a national return has frozen."""

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from npp_ops.operating import AsJson, ask, print_json, wiring
from npp_ops.progress import OUTPUT, step
from npp_ops.stack import Stack

_SERVICE = "reporting"


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="National returns: what they rest on.")
    group.callback()(_group)
    group.command()(reproduce)
    app.add_typer(group, name="return")


def _group() -> None:
    """National returns: what they rest on."""


def reproduce(
    return_id: Annotated[UUID, typer.Argument(metavar="RETURN", help="its id")],
    version: Annotated[int, typer.Argument(min=1, help="which version of it")],
    as_json: AsJson = False,
) -> None:
    """Compute a version's figures again from the log; exit status 1 where they are not the same."""
    work = wiring(_SERVICE).operations["reproduce-return"]
    servers = Stack.here().bootstrap_servers
    with step("Computed again"):
        found: list[Any] = ask(
            _SERVICE, lambda database: work(database, servers, return_id, version)
        )
    if as_json:
        print_json(
            {"return": return_id, "version": version, "differences": list(map(asdict, found))}
        )
    else:
        _tell(found)
    if found:
        raise typer.Exit(1)


def _tell(found: list[Any]) -> None:
    if not found:
        OUTPUT.print("Equal to the digit.")
        return
    table = Table("figure", "where", "frozen", "computed", box=None)
    for each in found:
        table.add_row(each.figure, each.where, str(each.old), str(each.new))
    OUTPUT.print(table)
    OUTPUT.print(f"{len(found)} differences.", highlight=False)
