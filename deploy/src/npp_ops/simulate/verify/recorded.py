"""The log as it lies on Kafka against the producers' own: every event that was recorded, once."""

from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from chassis.database import EVERY_FORCE, Database
from npp_ops.simulate.ledger.shapes import Flat
from npp_ops.simulate.log.told import Log

_RECORDED: Final = """
SELECT split_part(type, '.', 3) AS kind, count(*) AS events,
    sum(('x' || right(id::text, 8))::bit(32)::bigint)::bigint AS ids
FROM event_log GROUP BY 1
"""


async def recorded(urls: Sequence[str]) -> Flat:
    """By kind, as the producers have it; urls: their databases."""
    found: Flat = {}
    for url in urls:
        database = Database(url, scope=EVERY_FORCE, size=1)
        try:
            for row in await database.fetch(_RECORDED):
                found |= _numbers(row["kind"], row["events"], row["ids"])
        finally:
            await database.close()
    return found


def published(log: Log) -> Flat:
    """By kind, as it lies on Kafka."""
    events, ids = Counter[str](), Counter[str]()
    for each in log:
        events[each.kind] += 1
        ids[each.kind] += int(UUID(each.id).hex[-8:], 16)
    found: Flat = {}
    for kind, number in events.items():
        found |= _numbers(kind, number, ids[kind])
    return found


def _numbers(kind: str, events: int, ids: int) -> Flat:
    return {f"log {kind} events": events, f"log {kind} ids": ids}
