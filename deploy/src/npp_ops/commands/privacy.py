"""npp erase, erasure, subject-access, hold, retention: what a data protection officer does."""

import getpass
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import typer
from rich.table import Table

from chassis.clock import now
from chassis.database import Database
from chassis.privacy import Privacy
from chassis.privacy.retention import Due, due
from npp_ops.officers import FORCES, OWNER, Officer
from npp_ops.operating import AsJson, Because, By, ask, print_json, wiring
from npp_ops.progress import ERRORS, OUTPUT
from npp_ops.stack import Stack, services

Answer: TypeAlias = Mapping[str, Any]
Learner = Annotated[UUID, typer.Argument(metavar="LEARNER", help="the learner's id")]
Force = Annotated[str | None, typer.Option(help="act for this force alone; nationally without it")]


def register(app: typer.Typer) -> None:
    app.command()(erase)
    app.command(name="subject-access")(subject_access)
    app.command()(retention)
    for name, about, commands in (
        ("erasure", "Erasures: what each service has done.", [list_erasures]),
        ("hold", "Holds: nothing is erased or disposed of while one lasts.", [place, lift]),
    ):
        group = typer.Typer(no_args_is_help=True, help=about)
        group.callback()(lambda: None)
        for command in commands:
            group.command(name=command.__name__.split("_")[0])(command)
        app.add_typer(group, name=name)


def erase(
    learner: Learner,
    *,
    ground: Annotated[str, typer.Option(help="no-longer-necessary, objection, unlawful, ...")],
    because: Because,
    requested_on: Annotated[
        str | None, typer.Option(help="the day it was asked for; today without it")
    ] = None,
    force: Force = None,
    by: By = "",
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what every service holds about a learner, then erase it for good."""
    officer = _officer(by, force)
    prospect = officer.get(OWNER, f"/learners/{learner}/erasure")
    held = officer.everywhere(f"/privacy/people/{learner}")
    if not as_json:
        _show(prospect, held)
    if not (yes or as_json) and typer.prompt("Type the learner's id to erase them") != str(learner):
        ERRORS.print("Not erased.")
        raise typer.Exit(1)
    body = {"ground": ground, "reason": because}
    if requested_on is not None:
        body["requested_on"] = requested_on
    done = officer.post(f"/learners/{learner}/erasure", body)
    if as_json:
        print_json(done)
    else:
        OUTPUT.print(f"Erased here; due everywhere by {done['due_on']}: npp erasure list")


def list_erasures(
    overdue: Annotated[bool, typer.Option("--overdue", help="only those")] = False,
    force: Force = None,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Show each erasure, who has yet to do it, forces too; exit status 1 if one is overdue."""
    officer = _officer(by, force)
    asked = officer.get(OWNER, "/erasures")["items"]
    receipts = officer.everywhere("/privacy/erasures")
    confirmed = officer.get(FORCES, "/privacy/forces")["items"]
    found = standing(asked, receipts, now().date(), confirmed)
    shown = [each for each in found if each["overdue"]] if overdue else found
    if as_json:
        print_json({"erasures": shown})
    else:
        table = Table("learner", "asked", "due", "done by", "missing", "forces", box=None)
        for each in shown:
            late = f"[red]{each['due_on']}[/]" if each["overdue"] else each["due_on"]
            done, missing = ", ".join(each["done"]), ", ".join(each["missing"])
            forces = ", ".join(
                f"{name} {(at or 'not yet')[:10]}" for name, at in each["forces"].items()
            )
            table.add_row(
                each["learner_id"], each["requested_on"], late, done, missing or "-", forces or "-"
            )
        OUTPUT.print(table)
    if any(each["overdue"] for each in found):
        raise typer.Exit(1)


def standing(
    asked: Iterable[Mapping[str, Any]],
    receipts: Mapping[str, Answer],
    today: date,
    confirmed: Iterable[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Every erasure with the services and forces that have done it and those that have not.

    receipts: by service what it answers about all that it has done. confirmed: what forces have
    said of their own copies, or not said yet.
    """
    said: dict[str, dict[str, str | None]] = defaultdict(dict)
    for each in confirmed:
        said[each["learner_id"]][each["force_id"]] = each["confirmed_at"]
    given = {
        name: {each["learner_id"]: each for each in answer["items"]}
        for name, answer in receipts.items()
    }
    found = []
    for each in asked:
        learner_id = each["learner_id"]
        done = {name: mine[learner_id] for name, mine in given.items() if learner_id in mine}
        missing = [name for name in given if name not in done]
        forces = said.get(learner_id, {})
        owed = bool(missing) or None in forces.values()
        late = owed and date.fromisoformat(each["due_on"]) < today
        found.append({**each, "done": done, "missing": missing, "forces": forces, "overdue": late})
    return found


def subject_access(
    learner: Learner,
    reference: Annotated[str, typer.Option(help="of the request; kept with who asked")],
    to: Annotated[Path | None, typer.Option(help="a new file; printed without it")] = None,
    force: Force = None,
    by: By = "",
) -> None:
    """Gather all that every service holds about a learner; fails if one does not answer."""
    officer = _officer(by, force)
    prospect = officer.get(OWNER, f"/learners/{learner}/erasure")
    answers = officer.everywhere(f"/privacy/people/{learner}/export", reference=reference)
    held = {name: answer["items"] for name, answer in answers.items()}
    withheld = [
        f"{name}: {each['name']}"
        for name, items in held.items()
        for each in items
        if each["withheld"]
    ]
    gathered = {
        "learner_id": str(learner),
        "reference": reference,
        "asked_at": datetime.now(UTC).isoformat(),
        # A force is shown its own: what other forces recorded, a national officer gathers.
        "complete": force is None or not (prospect["other_forces"] or withheld),
        "withheld": withheld,
        "other_forces": prospect["other_forces"],
        "services": held,
    }
    written = json.dumps(gathered, indent=2, ensure_ascii=False)
    if to is None:
        typer.echo(written)
    else:
        with to.open("x") as file:
            to.chmod(0o600)
            file.write(written)


def place(learner: Learner, because: Because, force: Force = None, by: By = "") -> None:
    """Keep what is held about a learner: nothing is erased or disposed of until it is lifted."""
    _officer(by, force).post(f"/learners/{learner}/hold", {"reason": because})
    OUTPUT.print("On hold.")


def lift(learner: Learner, because: Because, force: Force = None, by: By = "") -> None:
    """Let what a hold kept be erased and disposed of again."""
    _officer(by, force).post(f"/learners/{learner}/hold/lift", {"reason": because})
    OUTPUT.print("Lifted.")


def retention(as_json: AsJson = False) -> None:
    """Show what each retention rule would dispose of now, and what a hold keeps; a dry run."""
    found = {name: _due(name) for name in services()}
    if as_json:
        print_json(found)
        return
    table = Table("service", "rule", "version", "days", "due", "on hold", box=None)
    for name, rules in found.items():
        for each in rules:
            numbers = (str(number) for number in (each.days, each.rows, each.held))
            table.add_row(name, each.rule, each.version, *numbers)
    OUTPUT.print(table)


def _due(name: str) -> list[Due]:
    privacy = wiring(name).privacy
    if privacy is None:
        return []

    async def count(database: Database) -> list[Due]:
        return await _counted(database, privacy)

    return ask(name, count)


async def _counted(database: Database, privacy: Privacy) -> list[Due]:
    async with database.transaction() as transaction:
        return await due(await transaction.open(), privacy.holdings, privacy.rules, now())


def _officer(by: str, force: str | None) -> Officer:
    return Officer(Stack.here(), by or getpass.getuser(), force)


def _show(prospect: dict[str, Any], held: dict[str, Any]) -> None:
    table = Table("service", "held", "rows", "erased", box=None)
    for name, answer in held.items():
        for each in answer["items"]:
            rows = "not shown" if each["rows"] is None else str(each["rows"])
            if rows != "0":
                table.add_row(name, each["what"], rows, ", ".join(each["erased"]) or "kept")
    OUTPUT.print(table)
    if prospect["on_hold"]:
        OUTPUT.print("[yellow]On hold: will be refused.[/]")
    OUTPUT.print(f"Other forces that have had the learner: {prospect['other_forces']}")
