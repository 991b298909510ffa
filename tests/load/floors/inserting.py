"""P3's floors: the domain row alone, in a transaction with its force, and committed by itself."""

from uuid import uuid4

import asyncpg

from tests.load.commits import SESSIONS, repeat
from tests.load.member import Member

_BEGIN = "BEGIN; SELECT set_config('npp.force', 'derbyshire', true)"
INSERT = """
INSERT INTO folders (portfolio_id, learner_id, force_id, revision, version)
VALUES ($1, $2, $3, $4, $5)
"""


async def transaction(member: Member, url: str, seconds: float) -> None:
    """Begin, see one's own force, insert, commit."""
    async with _pool(url) as pool:

        async def once() -> None:
            key = uuid4()
            async with pool.acquire() as connection:
                await connection.execute(_BEGIN)
                await connection.execute(INSERT, key, key, "derbyshire", 1, 1)
                await connection.execute("COMMIT")

        await repeat(member, once, seconds)


async def statement(member: Member, url: str, seconds: float) -> None:
    """The insert and nothing else."""
    async with _pool(url) as pool:

        async def once() -> None:
            key = uuid4()
            async with pool.acquire() as connection:
                await connection.execute(INSERT, key, key, "derbyshire", 1, 1)

        await repeat(member, once, seconds)


def _pool(url: str) -> "asyncpg.pool.Pool[asyncpg.Record]":
    return asyncpg.create_pool(
        url, min_size=SESSIONS, max_size=10, reset=_nothing, server_settings={"npp.force": "*"}
    )


async def _nothing(_: object) -> None:
    # By default a pool asks for a reset at each release: a second round trip.
    return
