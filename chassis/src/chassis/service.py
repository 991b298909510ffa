"""A service as data, and its entry point: one image, six roles."""

import argparse
import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop
from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.consumer import Consumer, Flow
from chassis.database import EVERY_FORCE, Database
from chassis.errors import Refusal
from chassis.migrate import migrate
from chassis.privacy import Privacy
from chassis.projection import Projection
from chassis.settings import Settings

Chore = Callable[[AsyncConnection], Awaitable[object]]
Worker = Callable[[Database, str], Coroutine[Any, Any, None]]
Operation = Callable[..., Awaitable[Any]]

ROLES = ("serve", "consume", "relay", "migrate", "run", "rebuild")


@dataclass(frozen=True)
class Service:
    """What a service is made of; its whole wiring, on one screen in its app.py.

    migrations: the folder of its Alembic version files. routers: its HTTP API and pages.
    streams: consumers that are neither flows nor projections. chores: done hourly by whoever
    consumes, in a transaction that sees every force. workers: run by whoever consumes, again a
    second after each has returned or failed, with a database of its own that sees every force and
    the brokers' addresses; each makes sure by itself that nobody else is at it, and is cancelled
    when the process stops. operations: what an operator can have done, by name, with the same two
    and arguments of its own. requires: settings of its own, read before anything starts, so that
    a missing one ends the process and not its first request. privacy: what it holds about
    learners; its router, flow and chores stand among the others.
    """

    name: str
    migrations: Path
    routers: Sequence[APIRouter] = ()
    flows: Sequence[Flow] = ()
    projections: Sequence[Projection] = ()
    streams: Sequence[Consumer] = ()
    chores: Sequence[Chore] = ()
    workers: Sequence[Worker] = ()
    operations: Mapping[str, Operation] = field(default_factory=dict)
    requires: Sequence[Callable[[], object]] = ()
    privacy: Privacy | None = None

    @property
    def consumers(self) -> Sequence[Consumer]:
        return (*self.flows, *self.projections, *self.streams)


def main(service: Service) -> None:
    """Run a role of a service until it is told to stop; `run` is all but migrate in one process."""
    parser = argparse.ArgumentParser(prog=f"python -m {service.name}")
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("group", nargs="?", help="of rebuild: whose generation to keep")
    parser.add_argument("--rate", type=_rate, default=math.inf, help="of rebuild: records a second")
    given = parser.parse_args()
    role = given.role
    if (role == "rebuild") != (given.group is not None):
        parser.error("rebuild, and nothing else, takes a consumer group")
    settings = Settings.from_environment()
    if role == "rebuild":
        from chassis.rebuilding.process import rebuild  # noqa: PLC0415  as below

        try:
            uvloop.run(rebuild(service, settings, given.group, given.rate))
        except Refusal as refused:
            parser.exit(1, f"{type(refused).__name__}: {refused}\n")
        return
    if role == "migrate":
        asyncio.run(_migrate(service, settings))
        return
    for setting in service.requires:
        setting()
    from chassis.process import run  # noqa: PLC0415  a migration needs no web server

    uvloop.run(run(service, settings, role))


def _rate(text: str) -> float:
    """`500` or `500/s`."""
    if (rate := float(text.removesuffix("/s"))) > 0:
        return rate
    raise ValueError(text)


async def _migrate(service: Service, settings: Settings) -> None:
    database = Database(settings.database_url, scope=EVERY_FORCE, size=1)
    try:
        await migrate(database.engine, service.migrations)
    finally:
        await database.close()
