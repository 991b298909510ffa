"""Ours of P3: a unit of work that adds an aggregate and records its event."""

from typing import Final

from chassis.auth import Actor
from chassis.clock import new_id
from chassis.database import Database
from chassis.outbox import Cause
from chassis.work import UnitOfWork
from tests.load.commits import repeat
from tests.load.member import Member
from tests.load.specimen import OpenFolder, open_folder

_ACTOR: Final = Actor("load", frozenset({"force-admin"}), "derbyshire")


async def commit(member: Member, url: str, seconds: float) -> None:
    """One aggregate and one event in each transaction."""
    database = Database(url)
    work = UnitOfWork("portfolio", database, lambda: None)

    async def once() -> None:
        async with work.begin(_ACTOR, Cause("load")) as opened:
            await open_folder(opened, OpenFolder(learner_id=new_id()))

    await repeat(member, once, seconds)
    await database.close()
