"""npp dlq: what consumers have set aside, in each service's own database, and its ways out."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from chassis.database import Database
from chassis.deadletters import DeadLetter, DeadLetters
from chassis.errors import Invalid
from chassis.operating.audit import Operator
from chassis.operating.redriving import CauseNotMended, Closed, Verdict, close_all
from npp_ops.operating import AsJson, Because, By, ask, operator, print_json, wiring
from npp_ops.progress import OUTPUT, counting
from npp_ops.stack import services

T = TypeVar("T")
Group = Annotated[str | None, typer.Option(help="one consumer group only")]
Reason = Annotated[str | None, typer.Option(help="invalid (unreadable) or failed (its handler)")]
Number = Annotated[int | None, typer.Argument(metavar="[ID]", help="as `npp dlq list` shows it")]
Rate = Annotated[float, typer.Option(min=0.1, help="at most so many a second")]
_COLUMNS = ("service", "id", "group", "reason", "topic", "partition", "offset", "died", "detail")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Dead letters: what consumers could not use.")
    group.command("list")(list_open)
    for command in (show, redrive, discard):
        group.command()(command)
    app.add_typer(group, name="dlq")


def list_open(
    service: Annotated[str | None, typer.Argument(help="all services without it")] = None,
    group: Group = None,
    reason: Reason = None,
    limit: Annotated[int, typer.Option(help="at most so many per service")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the open dead letters, oldest first."""
    names = [service] if service else services()
    rows: list[dict[str, Any]] = []
    for name in names:
        letters = _ask(name, lambda dead: dead.open(group, reason, limit))
        rows += [summary(name, letter) for letter in letters]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table(*_COLUMNS, box=None)
    for row in rows:
        table.add_row(*(str(row[column]) for column in _COLUMNS))
    OUTPUT.print(table if rows else "No dead letters.")


def show(
    service: Annotated[str, typer.Argument(help="whose dead letter")],
    number: Annotated[int, typer.Argument(metavar="ID", help="as `npp dlq list` shows it")],
    as_json: AsJson = False,
) -> None:
    """Show one dead letter with its headers and payload."""
    letter = _ask(service, lambda dead: dead.show(number))
    data = whole(service, letter)
    if as_json:
        typer.echo(json.dumps(data))
        return
    for name, value in data.items():
        OUTPUT.print(f"[bold]{name}[/]", end=" ")
        OUTPUT.print(json.dumps(value) if isinstance(value, dict) else str(value), markup=False)


def redrive(
    service: Annotated[str, typer.Argument(help="whose dead letters")],
    number: Number = None,
    *,
    because: Because,
    group: Group = None,
    reason: Reason = None,
    rate: Rate = 50,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Handle one anew, or all of a group or reason, then what waited behind; in order per key."""
    chosen = _chosen(service, number, group, reason)
    _close_all(service, chosen, "redriven", operator(by, because), rate, as_json=as_json)


def discard(
    service: Annotated[str, typer.Argument(help="whose dead letters")],
    number: Number = None,
    *,
    because: Because,
    group: Group = None,
    reason: Reason = None,
    rate: Rate = 50,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Give one up, or all of a group or reason; their keys go on without them."""
    chosen = _chosen(service, number, group, reason)
    _close_all(service, chosen, "discarded", operator(by, because), rate, as_json=as_json)


def _chosen(service: str, number: int | None, group: str | None, reason: str | None) -> list[int]:
    if (number is None) == (group is None and reason is None):
        raise Invalid("an ID, or --group and --reason for many", rule="one-choice")
    if number is not None:
        return [number]
    return [letter.id for letter in _ask(service, lambda dead: dead.open(group, reason, None))]


def _close_all(
    service: str,
    chosen: list[int],
    verdict: Verdict,
    who: Operator,
    rate: float,
    *,
    as_json: bool,
) -> None:
    consumers, closed = wiring(service).consumers, list[Closed]()

    async def work(database: Database) -> str | None:
        letters = DeadLetters(service, consumers, database)
        with counting(f"Dead letters {verdict}") as more:
            try:
                async for each in close_all(letters, chosen, verdict, who, rate):
                    closed.append(each)
                    more(1)
            except CauseNotMended as stopped:
                return f"{stopped.title}: {stopped.facts['left']} left"
        return None

    stopped = ask(service, work)
    refused = [each for each in closed if each.refused]
    if as_json:
        print_json({"service": service, "stopped": stopped, "letters": closed})
    else:
        released = sum(each.released for each in closed)
        done = len(closed) - len(refused)
        OUTPUT.print(f"{done} {verdict}, {released} events behind them applied.")
        for each in refused:
            OUTPUT.print(f"{each.id}: {each.refused}: {escape(each.detail)}", highlight=False)
        if stopped:
            OUTPUT.print(stopped)
    if refused:
        raise typer.Exit(1)


def _ask(service: str, question: Callable[[DeadLetters], Awaitable[T]]) -> T:
    return ask(service, lambda database: question(DeadLetters(service, (), database)))


def summary(service: str, letter: DeadLetter) -> dict[str, Any]:
    return {
        "service": service,
        "id": letter.id,
        "group": letter.group,
        "reason": letter.reason,
        "topic": letter.record.topic,
        "partition": letter.record.partition,
        "offset": letter.record.offset,
        "died": letter.died_at.isoformat(timespec="seconds"),
        "detail": letter.detail,
    }


def whole(service: str, letter: DeadLetter) -> dict[str, Any]:
    """The summary and the record itself; bytes that are no text are shown escaped."""
    record = letter.record
    closing = ("closed_as", "closed_by", "closed_because")
    return {
        **summary(service, letter),
        **{name: value for name, value in asdict(letter).items() if name in closing},
        "sequence": letter.sequence,
        "key": _text(record.key),
        "headers": {name: _text(value) for name, value in record.headers},
        "payload": _text(record.value),
    }


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode(errors="backslashreplace")
