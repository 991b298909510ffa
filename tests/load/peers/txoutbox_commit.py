"""C2: a domain row and a row of txoutbox in one transaction, as its README writes them."""

from typing import cast

import asyncpg

from chassis.clock import new_id
from tests.load.commits import SESSIONS, repeat
from tests.load.floors.inserting import INSERT
from tests.load.member import Member

from .message import message
from .txoutbox_relay import Connection, storage


async def txoutbox_commit(member: Member, url: str, seconds: float) -> None:
    """One of each per transaction."""
    scoped = {"npp.force": "*"}
    async with asyncpg.create_pool(
        url, min_size=SESSIONS, max_size=10, server_settings=scoped
    ) as pool:
        outbox = storage(pool)

        async def once() -> None:
            key = new_id()
            sent = message(key)
            async with pool.acquire() as pooled, pooled.transaction():
                connection = cast(Connection, pooled)
                await connection.execute(INSERT, key, key, "derbyshire", 1, 1)
                await outbox.insert(
                    connection, sent.topic, sent.body, key=sent.key, headers=sent.headers
                )

        await repeat(member, once, seconds)
