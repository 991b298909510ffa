"""npp tenant: which forces may read their topic, and proof that each may read nothing else."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from chassis.database import Database
from npp_contracts.ids import SANDBOX
from npp_ops.forces import forces, tenant_ids
from npp_ops.handing import Handed
from npp_ops.operating import AsJson, Because, By, ask, operator, print_json, wiring
from npp_ops.progress import OUTPUT, step
from npp_ops.stack import KAFKA, Stack
from npp_ops.tenants import access, changing
from npp_ops.tenants.access import USUAL, Quotas
from npp_ops.tenants.errors import OneChoice, OutsideUnknown
from npp_ops.tenants.handing import note
from npp_ops.tenants.refilling import emptied
from npp_ops.tenants.verifying import Outside, Verdict, expect_limits, temporary_passwords
from npp_ops.tenants.verifying import verify as verified
from npp_ops.tenants.wire import Line, line

T = TypeVar("T")
_SERVICE = "reporting"
_ID = "its id, as in data.police.uk"
Force = Annotated[str | None, typer.Argument(metavar="FORCE", help=_ID)]
OneForce = Annotated[str, typer.Argument(metavar="FORCE", help=_ID)]
To = Annotated[Path | None, typer.Option(help="folder for a private file of each force")]
Bytes = Annotated[int, typer.Option(min=1024, help="that it may read, of each broker")]
Percent = Annotated[int, typer.Option(min=1, max=1000, help="of one of a broker's threads")]
All = Annotated[bool, typer.Option("--all", help="all forces, or all that have access")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Forces as tenants of the brokers.")
    group.command("list")(show)
    for command in (create, rotate, revoke, refill, verify):
        group.command()(command)
    app.add_typer(group, name="tenant")


def show(as_json: AsJson = False) -> None:
    """List the forces: who has access, whether exactly what they should have, who changed it."""
    found = _ask(changing.standing)
    if as_json:
        print_json(found)
        return
    table = Table("force", "access", "as it should be", "changed", "by", box=None)
    for each in found:
        at = each.changed_at.isoformat(timespec="seconds") if each.changed_at else ""
        words = ["yes" if each.has_access else "no", "yes" if each.as_it_should_be else "NO"]
        table.add_row(each.force, *words, at, each.by or "")
    OUTPUT.print(table)


def create(
    force: Force = None,
    *,
    because: Because,
    by: By = "",
    everyone: All = False,
    to: To = None,
    bytes_per_second: Bytes = USUAL.bytes_per_second,
    request_percent: Percent = USUAL.request_percent,
    as_json: AsJson = False,
) -> None:
    """Let a force read its own topic, and nothing else; its password is shown once."""
    quotas = Quotas(bytes_per_second, request_percent)
    chosen = _chosen(force, everyone=everyone)
    handed = Handed(to, partial(note, outside_of(Stack.here())), everyone=everyone)
    _ask(
        lambda database, broker: changing.create(
            database, broker, chosen, operator(by, because), quotas=quotas, hand=handed
        )
    )
    handed.tell(as_json=as_json)


def rotate(
    force: Force = None,
    *,
    because: Because,
    by: By = "",
    everyone: All = False,
    to: To = None,
    as_json: AsJson = False,
) -> None:
    """Give a force a new password, shown once; the old one opens no connection from then on."""
    handed = Handed(to, partial(note, outside_of(Stack.here())), everyone=everyone)

    async def work(database: Database, broker: Line) -> None:
        chosen = await _tenants(broker) if everyone else _chosen(force, everyone=False)
        await changing.rotate(database, broker, chosen, operator(by, because), hand=handed)

    if everyone and force:
        raise OneChoice(field="force")
    _ask(work)
    handed.tell(as_json=as_json)


def revoke(force: OneForce, *, because: Because, by: By = "", as_json: AsJson = False) -> None:
    """End a force's access at once, for connections that are open too."""
    _ask(lambda database, broker: changing.revoke(database, broker, force, operator(by, because)))
    if as_json:
        print_json({"force": force, "revoked": True})
    else:
        OUTPUT.print(f"{force} has no access any more.", highlight=False)


def refill(
    force: Force = None,
    *,
    because: Because,
    by: By = "",
    everyone: All = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="delete the topic first where it holds records")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a lost topic back from its feed, from the first position that is kept."""
    chosen, who = _chosen(force, everyone=everyone), operator(by, because)
    changing.known(chosen)
    servers, work = Stack.here().bootstrap_servers, wiring(_SERVICE).operations["refill-stream"]
    empty = partial(emptied, servers, chosen, anew=anew)
    with step("Emptied"):
        found = ask(_SERVICE, lambda database: work(database, servers, chosen, who, empty))
    if as_json:
        print_json(found)
        return
    for each in found:
        OUTPUT.print(
            f"{each.force}: positions {each.first:,} to {each.last:,} follow.", highlight=False
        )


def verify(force: Force = None, everyone: All = False, as_json: AsJson = False) -> None:
    """Try as each tenant what it may and may not do; exit status 1 where anything is otherwise."""
    outside = outside_of(Stack.here())

    async def work(database: Database, broker: Line) -> list[Verdict]:
        async with changing.alone(database) as connection:
            chosen = await _tenants(broker) if everyone else _chosen(force, everyone=False)
            changing.known(chosen)
            await changing.having_access(connection, broker, chosen)
            async with temporary_passwords(broker, chosen) as passwords:
                verdicts = await verified(outside, passwords)
            expect_limits(verdicts, await access.quotas(broker))
            return verdicts

    if everyone and force:
        raise OneChoice(field="force")
    with step("Verified"):
        verdicts = _ask(work)
    wrong = [(each.force, *one) for each in verdicts for one in each.wrong]
    of_forces = [each for each in verdicts if each.force != SANDBOX]
    sums = {
        "tenants": len(of_forces),
        "allowed": sum(each.allowed for each in of_forces),
        "denied": sum(each.denied for each in of_forces),
        "others_denied": sum(each.others for each in of_forces),
        "sandbox": next((asdict(each) for each in verdicts if each.force == SANDBOX), None),
    }
    if as_json:
        print_json({**sums, "wrong": wrong})
    else:
        _tell(sums, wrong)
    if wrong:
        raise typer.Exit(1)


def _tell(sums: dict[str, Any], wrong: list[tuple[str, str, str, str]]) -> None:
    if sums["tenants"]:
        OUTPUT.print(
            f"{sums['allowed']:,} allowed and {sums['denied']:,} denied: of {sums['tenants']}"
            " forces, each its own topic and no other's.",
            highlight=False,
        )
        OUTPUT.print(
            f"{sums['others_denied']:,} more denied: our own topics, the sandbox's, others' groups,"
            " writing anywhere.",
            highlight=False,
        )
    if sandbox := sums["sandbox"]:
        OUTPUT.print(
            f"The sandbox: {sandbox['allowed']} allowed, its own topic, and {sandbox['denied']}"
            " denied, each force's.",
            highlight=False,
        )
    for force_id, what, on, ended in wrong:
        OUTPUT.print(f"WRONG: {force_id}: {what} {on}: {ended}", highlight=False, markup=False)


def outside_of(stack: Stack) -> Outside:
    """Where forces reach this stack's brokers: our own on loopback, others by TLS alone."""
    if KAFKA not in stack.state.given:
        return Outside(stack.cluster.outside_servers, tls=False)
    if servers := os.environ.get("KAFKA_OUTSIDE_SERVERS"):
        return Outside(servers, tls=True)
    raise OutsideUnknown(field="KAFKA_OUTSIDE_SERVERS")


def _chosen(force: str | None, *, everyone: bool) -> list[str]:
    if (force is None) != everyone:
        raise OneChoice(field="force", rule="one-choice")
    return [each.id for each in forces()] if force is None else [force]


async def _tenants(broker: Line) -> list[str]:
    return sorted(await access.tenants(broker, tenant_ids()))


def _ask(work: Callable[[Database, Line], Awaitable[T]]) -> T:
    servers = Stack.here().bootstrap_servers

    async def answer(database: Database) -> T:
        async with line(servers.split(",")[0]) as broker:
            return await work(database, broker)

    return ask(_SERVICE, answer)
