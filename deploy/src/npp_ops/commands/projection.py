"""npp projection: building read models anew beside the live ones, and exchanging the two."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from chassis import rebuilding
from chassis.database import Database
from chassis.rebuilding import Comparison, Generation, GenerationOpen, Standing
from chassis.rebuilding.generation import projection_of
from npp_ops.operating import AsJson, Because, By, ask, operator, owner_of, print_json, wiring
from npp_ops.progress import OUTPUT, step
from npp_ops.stack import Stack, services
from npp_ops.up import start_rebuild

Group = Annotated[str, typer.Argument(help="a projection's group, as `npp projection list` has it")]
_COLUMNS = ("projection", "generation", "state", "behind", "dead", "parked", "made", "by", "why")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Read models: built anew without a gap.")
    group.command("list")(show)
    for command in (rebuild, compare, promote, rollback, retire):
        group.command()(command)
    app.add_typer(group, name="projection")


def show(
    service: Annotated[str | None, typer.Argument(help="all services without it")] = None,
    as_json: AsJson = False,
) -> None:
    """List the projections, and what is being built or kept beside each."""
    found: list[Standing] = []
    for name in [service] if service else services():
        if projections := wiring(name).projections:
            found += ask(name, _standings(projections))
    if as_json:
        print_json([asdict(one) | {"aside": _aside(one)} for one in found])
        return
    table = Table(*_COLUMNS, box=None)
    for one in found:
        table.add_row(one.group, *_cells(one))
    OUTPUT.print(table)


def _standings(projections: Any) -> Callable[[Database], Awaitable[list[Standing]]]:
    return lambda database: rebuilding.standings(database, projections)


def _aside(one: Standing) -> str | None:
    return None if one.generation is None else one.generation.aside


def _cells(one: Standing) -> list[str]:
    made = one.generation
    if made is None:
        return []
    figures = (str(one.behind), str(one.dead_letters), str(one.parked))
    return [
        str(made.n),
        made.state,
        *figures,
        f"{made.made_at:%F %T}",
        made.made_by,
        made.made_because,
    ]


def rebuild(
    group: Group,
    *,
    because: Because,
    rate: Annotated[float | None, typer.Option(min=1, help="records a second, at most")] = None,
    make_only: Annotated[
        bool, typer.Option("--make-only", help="start no process here: it runs elsewhere")
    ] = False,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Read the log from its beginning into tables aside; goes on where there is such a building."""
    who, service = operator(by, because), owner_of(group)
    projection = projection_of(service, group)
    made = True
    try:
        generation = ask(service.name, lambda found: rebuilding.make(found, projection, who))
    except GenerationOpen:
        if make_only:
            raise
        (standing,) = ask(service.name, _standings([projection]))
        assert standing.generation is not None  # noqa: S101  it was refused for it
        made, generation = False, standing.generation
    log = None
    if not make_only:
        with step(f"python -m {service.name} rebuild {group}"):
            log = start_rebuild(Stack.here(), service.name, group, rate)
    if as_json:
        print_json({"generation": generation, "aside": generation.aside, "made": made, "log": log})
        return
    OUTPUT.print(f"{generation.aside} {'is made' if made else 'goes on'}.", highlight=False)
    if log:
        OUTPUT.print(f"Its process writes {log}.", highlight=False)


def compare(group: Group, as_json: AsJson = False) -> None:
    """Compare the generation with what is live, at the same offsets: count and checksum."""
    service = owner_of(group)
    projection = projection_of(service, group)
    with step("Compared"):
        found = ask(service.name, lambda database: rebuilding.compare(database, projection))
    _tell(found, as_json=as_json)
    if found.differences:
        raise typer.Exit(1)


def promote(
    group: Group,
    because: Because,
    differences_accepted: Annotated[
        bool, typer.Option("--differences-accepted", help="also where it is not what is live")
    ] = False,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Make the generation live, in one moment; what was live is kept aside."""
    who, service = operator(by, because), owner_of(group)
    projection = projection_of(service, group)
    with step("Promoted"):
        found = ask(
            service.name,
            lambda database: rebuilding.promote(
                database, projection, who, differences_accepted=differences_accepted
            ),
        )
    _tell(found, as_json=as_json)


def rollback(group: Group, because: Because, by: By = "", as_json: AsJson = False) -> None:
    """Make live again what a promotion has put aside."""
    who, service = operator(by, because), owner_of(group)
    projection = projection_of(service, group)
    done = ask(service.name, lambda database: rebuilding.rollback(database, projection, who))
    _tell_done(done, "is aside again", as_json=as_json)


def retire(group: Group, because: Because, by: By = "", as_json: AsJson = False) -> None:
    """Drop what is aside, for good: what was built, or after a promotion what was live before."""
    who, service = operator(by, because), owner_of(group)
    projection_of(service, group)
    with step("Retired"):
        done = ask(service.name, lambda database: rebuilding.retire(database, group, who))
    _tell_done(done, "is retired", as_json=as_json)


def _tell(found: Comparison, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    table = Table("table", "force or topic", "live", "aside", box=None)
    for one in found.differences:
        table.add_row(one.table, one.part or "all", str(one.live), str(one.aside))
    if found.differences:
        OUTPUT.print(table)
    for name, why in found.left_out.items():
        OUTPUT.print(f"{name} is left out: it {why}.", markup=False, highlight=False)
    compared = ", ".join(f"{name} {number}" for name, number in found.rows.items())
    OUTPUT.print(f"{len(found.differences)} differences; rows: {compared}.", highlight=False)


def _tell_done(done: Generation, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"generation": done, "aside": done.aside})
    else:
        OUTPUT.print(f"{done.aside} {what}.", highlight=False)
