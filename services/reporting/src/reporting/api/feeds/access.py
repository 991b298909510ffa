"""Whose feed may be read by whom: a force's by that force alone, the nation's by every force."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends

from chassis.auth import Actor
from chassis.errors import Forbidden, NotFound
from chassis.http import Caller
from npp_contracts.ids import SANDBOX
from reporting.domain.forces import NATIONAL, tenants

READERS: Final = ("force-admin", "force-analyst", "force-signoff", "force-system")


class FeedUnknown(NotFound):
    title = "There is no feed of that name"


class FeedOfAnotherForce(Forbidden):
    title = "A feed is read by its own force"


@dataclass(frozen=True, slots=True)
class Access:
    """A feed, and whose rows the database may show to who reads it."""

    feed: str
    scope: str


def access(actor: Actor, feed: str) -> Access:
    """Nothing is asked of the feed itself before this, so a refusal tells nothing about it."""
    actor.require(*READERS)
    if feed != NATIONAL and feed not in tenants():
        raise FeedUnknown
    # Who works for the nation has the event log; a force's feed is the force's. In the sandbox
    # nothing is real, so the nation's is not read from there.
    if actor.national or feed not in (actor.force_id, *_shared_with(actor)):
        raise FeedOfAnotherForce
    return Access(feed, actor.force_id)


def _shared_with(actor: Actor) -> tuple[str, ...]:
    return () if actor.force_id == SANDBOX else (NATIONAL,)


async def _access(actor: Caller, feed: str) -> Access:
    return access(actor, feed)


Reads = Annotated[Access, Depends(_access)]
"""Route dependency of `/feeds/{feed}/...`: refuses who may not read it."""
