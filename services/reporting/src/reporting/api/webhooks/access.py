"""Who manages webhooks: administrators and systems of the force whose feed they deliver."""

from typing import Annotated, Final

from fastapi import Depends

from chassis.auth import Actor
from chassis.errors import Forbidden
from chassis.http import Commands, Queries
from chassis.http.commands import CommandRunner
from chassis.http.queries import QueryRunner
from reporting.api.feeds.access import FeedUnknown
from reporting.domain.forces import tenants

MANAGERS: Final = ("force-admin", "force-system")


class WebhooksOfForces(Forbidden):
    title = "Webhooks are a force's: who works for the nation has none"


def check(actor: Actor) -> None:
    """Nothing is asked of the database before this."""
    actor.require(*MANAGERS)
    if actor.national:
        raise WebhooksOfForces
    if actor.force_id not in tenants():
        raise FeedUnknown


async def _manages(run: Commands) -> CommandRunner:
    check(run.actor)
    return run


async def _sees(query: Queries) -> QueryRunner:
    check(query.actor)
    return query


Manages = Annotated[CommandRunner, Depends(_manages)]
"""Route dependency: runs commands for the caller's force."""
Sees = Annotated[QueryRunner, Depends(_sees)]
"""Route dependency: asks for what the caller's force has."""
