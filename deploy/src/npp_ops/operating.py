"""What the operator's commands share: whom to ask, who acts and why, and how it is told."""

import asyncio
import getpass
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import asyncpg
import typer
from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

from chassis.database import EVERY_FORCE, Database, is_passing
from chassis.errors import Invalid, NotFound
from chassis.operating.audit import Operator
from chassis.service import Service
from npp_ops.contracts import service_of
from npp_ops.stack import Stack, services

T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="print data for programs")]
By = Annotated[str, typer.Option("--by", help="who does it; the login name without it")]
Because = Annotated[str, typer.Option("--because", help="why; kept with what was done")]
Since = Annotated[str | None, typer.Option(help="events from this time on, ISO 8601, UTC")]
Until = Annotated[str | None, typer.Option(help="events before this time, ISO 8601, UTC")]
OneService = Annotated[str, typer.Argument(help="whose")]


class Unreachable(Exception):
    """A server that the command needs does not answer; nothing was changed."""


class Outdated(Exception):
    """The service's database lacks tables that this version needs: `npp up` makes them."""


def operator(by: str, because: str) -> Operator:
    return Operator(by or getpass.getuser(), because)


def ask(service: str, work: Callable[[Database], Awaitable[T]]) -> T:
    """What the work finds in, or does to, the service's database, and Kafka if it asks there.

    Raises Unreachable or Outdated, or the work's own Refusal.
    """
    check(service)

    async def answer() -> T:
        database = Database(Stack.here().database_url(service), scope=EVERY_FORCE, size=2)
        try:
            return await work(database)
        finally:
            await database.close()

    try:
        return asyncio.run(answer())
    except KafkaError as away:
        raise Unreachable(f"Kafka: {type(away).__name__}") from away
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        if "UndefinedTable" in repr(error):
            raise Outdated(f"{service}: npp up") from error
        if is_passing(error):
            raise Unreachable(f"{service}'s database: {type(error).__name__}") from error
        raise


def check(service: str) -> None:
    if service not in services():
        raise NotFound(f"{service} is none of: {', '.join(services())}", field="service")


def wiring(name: str) -> Service:
    """A service as data, set up as the stack's own process of it is: its handlers can run here."""
    check(name)
    for variable, value in Stack.here().own_settings(name).items():
        os.environ.setdefault(variable, value)
    service = service_of(name)
    assert service is not None  # noqa: S101  check() has seen it
    return service


def owner_of(group: str) -> Service:
    """The service that has a consumer group of that name."""
    found = [service for name in services() if (service := service_of(name)) is not None]
    for service in found:
        if group in {consumer.group for consumer in service.consumers}:
            return service
    known = sorted(consumer.group for service in found for consumer in service.consumers)
    raise NotFound(f"{group} is none of: {', '.join(known)}", field="group")


def moment(text: str | None, field: str) -> datetime | None:
    """A time as people write it; without an offset it is UTC."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise Invalid(f"{text} is no time", field=field, rule="iso-8601") from wrong
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def print_json(data: Any) -> None:
    typer.echo(json.dumps(data, default=_plain))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)
