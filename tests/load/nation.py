"""A nation behind reporting: its events on Kafka, and its read models as many times over."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Final

from services.reporting.tests.nation import nation

from chassis.clock import new_id, now
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from reporting.store import metadata

from .stage import session

COUNTERS: Final = {"module_completions_view": "completions", "module_months_view": "completions"}
"""Read models that count already: more people are more in the same rows."""
_COLUMNS: Final = """
SELECT column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position
"""


def envelopes(people: int, seed: int = 1) -> Iterator[tuple[str, Envelope]]:
    """Everything that happens to so many people, with its topics; each person's in order."""
    sequences, cause = Counter[tuple[str, str]](), str(new_id())
    for event in nation(people, seed):
        yield event.topic.name, _envelope(event, sequences, cause)


def _envelope(event: Event, sequences: Counter[tuple[str, str]], cause: str) -> Envelope:
    key = event.topic.name, event.key
    sequences[key] += 1
    return Envelope.of(event, id=new_id(), time=now(), sequence=sequences[key], correlationid=cause)


async def multiply(url: str, times: int) -> None:
    """Put everybody into the read models so many times in all, each as somebody else; and count.

    An id becomes another in all the tables alike, so that they still fit together.
    """
    async with session(url) as connection:
        for name in sorted(metadata.tables):
            found = await connection.fetch(_COLUMNS, name)
            columns = {row["column_name"]: row["data_type"] for row in found}
            if (counter := COUNTERS.get(name)) is not None:
                await connection.execute(f"UPDATE {name} SET {counter} = {counter} * {times}")
            elif "uuid" in columns.values():
                await connection.execute(_copies(name, columns, times))
        await connection.execute("VACUUM ANALYZE")
        # Nobody was touched: whoever counts is to count everybody.
        await connection.execute("DELETE FROM tally_state")
        while not await connection.fetchval("SELECT EXISTS (SELECT FROM tally_state)"):  # noqa: ASYNC110  it counts
            await asyncio.sleep(1)


def _copies(table: str, columns: dict[str, str], times: int) -> str:
    values = ", ".join(
        f"md5({name}::text || n)::uuid" if kind == "uuid" else name
        for name, kind in columns.items()
    )
    return (
        f"INSERT INTO {table} ({', '.join(columns)})"
        f" SELECT {values} FROM {table}, generate_series(2, {times}) AS n"
    )
