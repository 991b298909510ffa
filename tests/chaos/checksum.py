"""R as one number: what every table of the read models holds, and how far the flows have gone."""

import hashlib
from typing import Final

import asyncpg

from .arena import SERVICES, Arena

# What consuming a duplicate may change: where a group stands, and when something was last done.
_LEFT_OUT: Final = frozenset({"checkpoints", "operations", "dead_letters", "alembic_version"})
_TABLES: Final = """
SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname
"""
_SUM: Final = """
SELECT count(*), coalesce(bit_xor(hashtextextended(t::text, 0)), 0) AS rows,
       coalesce(sum(hashtextextended(t::text, 1)::numeric), 0)::text AS total FROM {} AS t
"""


async def checksum(arena: Arena) -> dict[str, str]:
    """By table of every service, a number that changes when any value of any row does."""
    found: dict[str, str] = {}
    for service in SERVICES:
        connection = await asyncpg.connect(arena.url(service))
        try:
            names = [row[0] for row in await connection.fetch(_TABLES)]
            for name in names:
                if name not in _LEFT_OUT:
                    (row,) = await connection.fetch(_SUM.format(name))
                    found[f"{service}.{name}"] = ":".join(map(str, row))
        finally:
            await connection.close()
    return found


def short(sums: dict[str, str]) -> str:
    """The whole in twelve characters."""
    text = "\n".join(f"{name} {value}" for name, value in sorted(sums.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The tables that aren't what they were."""
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return [f"{name} has changed: {before.get(name)}, now {after.get(name)}" for name in names]
