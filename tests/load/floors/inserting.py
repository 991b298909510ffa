"""P3's floors: the domain row alone, in a transaction with its force, and committed by itself."""

from uuid import UUID

import asyncpg

_BEGIN = "BEGIN; SELECT set_config('npp.force', 'derbyshire', true)"
_INSERT = """
INSERT INTO folders (portfolio_id, learner_id, force_id, revision, version)
VALUES ($1, $2, $3, $4, $5)
"""


async def transaction(pool: "asyncpg.Pool[asyncpg.Record]", key: UUID) -> None:
    """Begin, see one's own force, insert, commit."""
    async with pool.acquire() as connection:
        await connection.execute(_BEGIN)
        await connection.execute(_INSERT, key, key, "derbyshire", 1, 1)
        await connection.execute("COMMIT")


async def statement(pool: "asyncpg.Pool[asyncpg.Record]", key: UUID) -> None:
    """The insert and nothing else."""
    async with pool.acquire() as connection:
        await connection.execute(_INSERT, key, key, "derbyshire", 1, 1)
