"""All that a database holds, as text to be searched: what was erased must be nowhere in it."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

_TABLES: Final = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name !~ '^event_log_'
"""


async def dumped(fetch: Callable[[str], Awaitable[Sequence[Any]]]) -> dict[str, str]:
    """By table its rows, a line each, in one letter case; bytes once more, decoded.

    fetch: the rows of a statement, as somebody who sees those of every force.
    """
    found = {}
    for (table,) in await fetch(_TABLES):
        rows = await fetch(f"SELECT to_jsonb(t)::text FROM {table} t")  # noqa: S608
        found[table] = "\n".join(_plain(row[0]) for row in rows).casefold()
    return found


def _plain(row: str) -> str:
    values = [value for value in json.loads(row).values() if isinstance(value, str)]
    raw = [bytes.fromhex(each[2:]) for each in values if each.startswith("\\x")]
    return " ".join([row, *(each.decode(errors="replace") for each in raw)])
