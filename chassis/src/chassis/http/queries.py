"""`query: Queries`: read-only transactions that see the caller's force and nothing else."""

from contextlib import AbstractAsyncContextManager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.auth import Actor
from chassis.database import scope_of
from chassis.http.caller import Authenticated
from chassis.http.runtime import runtime_of


class QueryRunner:
    """Opens read-only transactions of one request. `actor` is whose sight they have."""

    def __init__(self, request: Request, actor: Actor) -> None:
        self._request = request
        self.actor = actor

    @property
    def scope(self) -> str:
        """The force whose rows are seen, or "*" for all; a part of every cache key."""
        return scope_of(self.actor.force_id, national=self.actor.national)

    def __call__(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """`async with query() as connection:` scoped by row-level security."""
        return runtime_of(self._request).database.connection(self.scope, read_only=True)


class _Runner(Authenticated):
    async def __call__(self, request: Request) -> QueryRunner:
        return QueryRunner(request, await self.actor(request))


Queries = Annotated[QueryRunner, Depends(_Runner())]
"""Route dependency `query: Queries`."""
