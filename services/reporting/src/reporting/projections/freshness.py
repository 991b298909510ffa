"""Freshness: what each consumer group applied last, and a version that rises with each batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, Integer, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.projection import APART, EARLIER, RISES, Projection, Statement
from npp_contracts.event import Event
from reporting.projections.rows import rows
from reporting.projections.touched import touching
from reporting.store import metadata

freshness_view = Table(
    "freshness_view",
    metadata,
    Column("consumer_group", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("backend", Integer, primary_key=True, info=APART),
    Column("last_event_at", DateTime(timezone=True)),
    Column("applied_at", DateTime(timezone=True), info=EARLIER),
    Column("batches", BigInteger, info=RISES),
    Column("events", BigInteger),
)

# One row per database connection: partitions that are applied side by side would otherwise wait
# for each other here, and in more than one order.
_APPLIED = """
INSERT INTO freshness_view AS v
    (consumer_group, topic, backend, last_event_at, applied_at, batches, events)
SELECT '{group}', '{topic}', pg_backend_pid(), max(time), clock_timestamp(), 1, count(*)
FROM fresh HAVING count(*) > 0
ON CONFLICT (consumer_group, topic, backend) DO UPDATE
SET last_event_at = greatest(v.last_event_at, excluded.last_event_at),
    applied_at = excluded.applied_at,
    batches = v.batches + 1,
    events = v.events + excluded.events
"""
NOW = """
SELECT DISTINCT ON (consumer_group, topic)
    consumer_group AS group, topic,
    max(last_event_at) OVER topics AS last_event_at,
    max(applied_at) OVER topics AS applied_at,
    extract(epoch FROM applied_at - last_event_at)::float8 AS lag_seconds,
    sum(batches) OVER topics AS batches,
    (sum(events) OVER topics)::bigint AS events
FROM freshness_view
WINDOW topics AS (PARTITION BY consumer_group, topic)
ORDER BY consumer_group, topic, last_event_at DESC
"""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a group has applied of a topic; `version` rises with each batch.

    lag_seconds: from the recording of the last event to its being applied.
    """

    group: str
    topic: str
    last_event_at: datetime
    applied_at: datetime
    lag_seconds: float
    events: int
    version: int


def projection(
    group: str,
    tables: Sequence[Table],
    on: Mapping[type[Event], Sequence[Statement]],
    touches: Sequence[str] = ("force_id",),
) -> Projection:
    """A projection that says what it has applied, in the transaction that applies it.

    touches: whom its events are about, so that the figures which rest on it are counted anew.
    """
    return Projection(
        group,
        tables,
        {kind: [*statements, _applied(group, kind)] for kind, statements in on.items()},
        shared=[freshness_view],
        live={
            kind: [touching(group, [e for e in touches if e in kind.model_fields])] for kind in on
        },
    )


def _applied(group: str, kind: type[Event]) -> Statement:
    return Statement("time timestamptz", _APPLIED.format(group=group, topic=kind.topic.name))


async def applied(connection: AsyncConnection) -> list[Applied]:
    """Per group and topic what was applied last."""
    return [Applied(version=int(row.pop("batches")), **row) for row in await rows(connection, NOW)]
