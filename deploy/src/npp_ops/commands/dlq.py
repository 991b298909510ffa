"""npp dlq list, npp dlq show: what consumers have set aside, from each service's own database."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from chassis.database import EVERY_FORCE, Database
from chassis.deadletters import DeadLetter, DeadLetters
from npp_ops.progress import ERRORS, OUTPUT
from npp_ops.stack import Stack, services

T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="print data for programs")]
_COLUMNS = ("service", "id", "group", "reason", "topic", "partition", "offset", "died", "detail")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Dead letters: what consumers could not use.")
    group.command("list")(list_open)
    group.command()(show)
    app.add_typer(group, name="dlq")


def list_open(
    service: Annotated[str | None, typer.Argument(help="all services without it")] = None,
    group: Annotated[str | None, typer.Option(help="one consumer group only")] = None,
    limit: Annotated[int, typer.Option(help="at most so many per service")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the open dead letters, oldest first."""
    names = [service] if service else services()
    rows: list[dict[str, Any]] = []
    for name in names:
        letters = _ask(name, lambda dead: dead.open(group, limit=limit))
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


def _ask(service: str, question: Callable[[DeadLetters], Awaitable[T]]) -> T:
    async def answer() -> T:
        database = Database(Stack.here().database_url(service), scope=EVERY_FORCE, size=1)
        try:
            return await question(DeadLetters(service, (), database))
        finally:
            await database.close()

    if service not in services():
        ERRORS.print(f"{service} is none of: {', '.join(services())}")
        raise typer.Exit(2)
    try:
        return asyncio.run(answer())
    except (SQLAlchemyError, OSError) as error:
        ERRORS.print(f"{service}'s database does not answer: {type(error).__name__}")
        raise typer.Exit(1) from error


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
