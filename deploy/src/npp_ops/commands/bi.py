"""npp bi: who may read figures with a tool of their own, and proof of what else they may not."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.table import Table

from npp_ops.bi import changing
from npp_ops.bi.access import Readers, readers
from npp_ops.bi.verifying import Verdict
from npp_ops.bi.verifying import verify as verified
from npp_ops.handing import Handed, Note
from npp_ops.operating import AsJson, Because, By, ask, operator, print_json
from npp_ops.progress import OUTPUT, step
from npp_ops.stack import POSTGRES, Stack
from npp_ops.tenants.errors import OneChoice
from npp_ops.waiting import finish

_SERVICE = "reporting"
_WHO = "a force by its id, or national"
Reader = Annotated[str | None, typer.Argument(metavar="READER", help=_WHO)]
OneReader = Annotated[str, typer.Argument(metavar="READER", help=_WHO)]
To = Annotated[Path | None, typer.Option(help="folder for a private file of each reader")]
All = Annotated[bool, typer.Option("--all", help="all forces and the nation, or all with a login")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Readers of figures with a tool of their own.")
    group.command("list")(show)
    for command in (create, rotate, revoke, verify):
        group.command()(command)
    app.add_typer(group, name="bi")


def show(as_json: AsJson = False) -> None:
    """List the readers: who has a login, whether exactly what it should be, who changed it."""
    found = ask(_SERVICE, lambda database: changing.standing(database, _readers()))
    if as_json:
        print_json(found)
        return
    table = Table("reader", "login", "as it should be", "changed", "by", box=None)
    for each in found:
        at = each.changed_at.isoformat(timespec="seconds") if each.changed_at else ""
        words = ["yes" if each.has_login else "no", "yes" if each.as_it_should_be else "NO"]
        table.add_row(each.reader, *words, at, each.by or "")
    OUTPUT.print(table)


def create(
    reader: Reader = None,
    *,
    because: Because,
    by: By = "",
    everyone: All = False,
    to: To = None,
    as_json: AsJson = False,
) -> None:
    """Make a login that reads its own figures in SQL and no more; its password is shown once."""
    at, handed = _readers(), Handed(to, _note, everyone=everyone)
    chosen = _chosen(reader, everyone=everyone)
    ask(
        _SERVICE,
        lambda database: changing.create(database, at, chosen, operator(by, because), hand=handed),
    )
    handed.tell(as_json=as_json)


def rotate(
    reader: OneReader, *, because: Because, by: By = "", to: To = None, as_json: AsJson = False
) -> None:
    """Give a login a new password, shown once; who is connected by the old one is cut off."""
    at, handed = _readers(), Handed(to, _note, everyone=False)
    ask(
        _SERVICE,
        lambda database: changing.rotate(
            database, at, [reader], operator(by, because), hand=handed
        ),
    )
    handed.tell(as_json=as_json)


def revoke(reader: OneReader, *, because: Because, by: By = "", as_json: AsJson = False) -> None:
    """End a login at once, for connections that are open too."""
    at = _readers()
    ask(_SERVICE, lambda database: changing.revoke(database, at, reader, operator(by, because)))
    if as_json:
        print_json({"reader": reader, "revoked": True})
    else:
        OUTPUT.print(f"{reader} has no login any more.", highlight=False)


def verify(reader: Reader = None, everyone: All = False, as_json: AsJson = False) -> None:
    """Try as each login what it may and may not do; exit status 1 where anything is otherwise."""
    chosen = None if everyone else _chosen(reader, everyone=False)
    if everyone and reader:
        raise OneChoice(field="reader")
    with step("Verified"):
        verdicts = finish(verified(_readers(), chosen))
    wrong = [(each.reader, *one) for each in verdicts for one in each.wrong]
    sums = {
        "logins": len(verdicts),
        "allowed": sum(each.allowed for each in verdicts),
        "denied": sum(each.denied for each in verdicts),
        "others_denied": sum(each.others for each in verdicts),
    }
    if as_json:
        print_json({**sums, "wrong": wrong})
    else:
        _tell(verdicts, sums, wrong)
    if wrong:
        raise typer.Exit(1)


def _tell(
    verdicts: list[Verdict], sums: dict[str, int], wrong: list[tuple[str, str, str, str]]
) -> None:
    OUTPUT.print(
        f"{sums['allowed']:,} allowed and {sums['denied']:,} denied: what {len(verdicts)} logins"
        f" see of whom. {sums['others_denied']:,} more denied: writing, and all that is no view.",
        highlight=False,
    )
    for reader, what, on, ended in wrong:
        OUTPUT.print(f"WRONG: {reader}: {what} {on}: {ended}", highlight=False, markup=False)


def _note(reader: str, password: str) -> Note:
    at = _readers()
    address = urlsplit(at.url()).netloc.rpartition("@")[2]
    user = at.login(reader)
    # As Grafana's data source in deploy/grafana reads it from its environment.
    names = {"USER": user, "PASSWORD": password}
    names |= {"ADDRESS": address, "DATABASE": at.database, "SSLMODE": _sslmode()}
    return Note(
        about={"reader": reader, "user": user, "address": address, "database": at.database},
        shown={"password": password},
        file=f"bi.{reader}.env",
        content="".join(f"NPP_BI_{name}={value}\n" for name, value in names.items()),
    )


def _readers() -> Readers:
    stack = Stack.here()
    return Readers.beside(stack.admin_url, stack.database_url(_SERVICE))


def _sslmode() -> str:
    """Our own server on loopback has no certificate; any other is asked for TLS."""
    return "require" if POSTGRES in Stack.here().state.given else "disable"


def _chosen(reader: str | None, *, everyone: bool) -> list[str]:
    if (reader is None) != everyone:
        raise OneChoice(field="reader", rule="one-choice")
    return list(readers()) if reader is None else [reader]
