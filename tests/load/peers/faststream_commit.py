"""C1: a domain row and a row of faststream-outbox in one transaction, as its documents do it."""

from faststream_outbox import OutboxBroker, make_outbox_table
from sqlalchemy import MetaData, insert
from sqlalchemy.ext.asyncio import async_sessionmaker

from chassis.clock import new_id
from tests.load.commits import SESSIONS, repeat
from tests.load.member import Member
from tests.load.records import row
from tests.load.specimen import folders

from .faststream_relay import QUEUE, TABLE, engine
from .message import message


async def faststream_commit(member: Member, url: str, seconds: float) -> None:
    """One of each per transaction (usage/publisher: the caller's session, the caller's commit)."""
    made = engine(url, SESSIONS)
    broker = OutboxBroker(made, outbox_table=make_outbox_table(MetaData(), TABLE), logger=None)
    sessions = async_sessionmaker(made, expire_on_commit=False)
    domain = insert(folders)

    async def once() -> None:
        key = new_id()
        sent = message(key)
        async with sessions() as session, session.begin():
            await session.execute(domain, row(key))
            await broker.publish(sent.body, queue=QUEUE, session=session, headers=sent.headers)

    await repeat(member, once, seconds)
    await made.dispose()
