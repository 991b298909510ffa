"""Whether the topics hold what the event log says: by event id, with the sets in the database."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chassis.database import Driver
from chassis.kafka import Reader, Record

_EXAMPLES: Final = 20
# Reading a large log takes longer than any request may.
_SECONDS: Final = 3600.0
# Kafka keeps milliseconds, rounded from what the log keeps; a second is room enough.
_ROUNDED: Final = timedelta(seconds=1)

_TABLES: Final = """
CREATE TEMP TABLE expected (id uuid, topic text, recorded_at timestamptz, position bigint);
CREATE TEMP TABLE seen (id uuid, topic text, judged boolean);
CREATE TEMP TABLE missing (id uuid, topic text, recorded_at timestamptz, position bigint);
"""
# One statement, so one moment: what was no longer queued at it had been acknowledged before.
_EXPECT: Final = """
INSERT INTO expected
SELECT l.id, l.aggregatetype, l.recorded_at, l.position FROM event_log AS l
WHERE ($1::timestamptz IS NULL OR l.time >= $1) AND ($2::timestamptz IS NULL OR l.time < $2)
  AND NOT EXISTS (
      SELECT FROM outbox AS o WHERE o.position = l.position AND o.recorded_at = l.recorded_at)
"""
_QUEUED: Final = """
SELECT l.aggregatetype AS topic, count(*) AS number
FROM outbox AS o JOIN event_log AS l USING (recorded_at, position) GROUP BY 1
"""
_MISSING: Final = """
INSERT INTO missing SELECT e.* FROM expected AS e
WHERE NOT EXISTS (SELECT FROM seen AS s WHERE s.id = e.id AND s.topic = e.topic)
"""
# Asked after the topics were read: an event is in the log before it is on a topic.
_UNKNOWN: Final = """
SELECT topic, id FROM seen AS s
WHERE judged AND NOT EXISTS (
    SELECT FROM event_log AS l WHERE l.id = s.id AND l.aggregatetype = s.topic)
"""
_DUPLICATES: Final = """
SELECT topic, sum(times - 1) AS number
FROM (SELECT topic, count(*) AS times FROM seen WHERE judged GROUP BY topic, id) AS each
GROUP BY topic
"""
_EXPECTED: Final = "SELECT topic, count(*) AS number FROM expected GROUP BY topic"
_GONE: Final = "SELECT topic, id FROM missing ORDER BY recorded_at, position"


@dataclass(frozen=True, slots=True)
class TopicReport:
    """One topic beside the log.

    logged: events of the log that had left the queue; queued: those that wait in it. records:
    what lies on the topic. missing: logged and not on the topic. unknown: on the topic and not
    in the log, or without a readable id. duplicates: records beyond the first of an event.
    """

    topic: str
    logged: int
    queued: int
    records: int
    missing: int
    unknown: int
    duplicates: int
    missing_ids: Sequence[UUID]
    unknown_ids: Sequence[UUID]

    @property
    def well(self) -> bool:
        """Whether nothing is lost and nothing came from elsewhere; duplicates are harmless."""
        return not self.missing and not self.unknown


async def reconcile(
    connection: Driver,
    reader: Reader,
    since: datetime | None = None,
    until: datetime | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> list[TopicReport]:
    """Compare the log with the reader's topics; leaves the temporary table `missing`.

    connection: outside of any transaction, or it would keep the queue from being cleaned.
    since, until: judge the events of these times only. tell: hears how many records were read.
    """
    await connection.execute(_TABLES)
    await connection.execute(_EXPECT, since, until, timeout=_SECONDS)
    queued = await _counts(connection, _QUEUED)
    records, nameless = await _read(connection, reader, since, until, tell)
    await connection.execute("ANALYZE seen; ANALYZE expected")
    await connection.execute(_MISSING, timeout=_SECONDS)
    gone = await connection.fetch(_GONE)
    unknown = await connection.fetch(_UNKNOWN, timeout=_SECONDS)
    logged = await _counts(connection, _EXPECTED)
    twice = await _counts(connection, _DUPLICATES)
    reports = []
    for topic in sorted({topic for topic, _ in reader.places}):
        lost = [row["id"] for row in gone if row["topic"] == topic]
        strange = [row["id"] for row in unknown if row["topic"] == topic]
        reports.append(
            TopicReport(
                topic,
                logged[topic],
                queued[topic],
                records[topic],
                len(lost),
                len(strange) + nameless[topic],
                twice[topic],
                lost[:_EXAMPLES],
                strange[:_EXAMPLES],
            )
        )
    return reports


async def _counts(connection: Driver, sql: str) -> Counter[str]:
    rows = await connection.fetch(sql, timeout=_SECONDS)
    return Counter({row["topic"]: int(row["number"]) for row in rows})


async def _read(
    connection: Driver,
    reader: Reader,
    since: datetime | None,
    until: datetime | None,
    tell: Callable[[int], None],
) -> tuple[Counter[str], Counter[str]]:
    starts = await (reader.begins() if since is None else reader.since(since - _ROUNDED))
    ends = await reader.ends()
    last = float("inf") if until is None else until.timestamp() * 1000
    records, nameless = Counter[str](), Counter[str]()
    async for batch in reader.records({place: (starts[place], ends[place]) for place in starts}):
        rows = [(_id(record), record.topic, record.timestamp < last) for record in batch]
        named = [row for row in rows if row[0] is not None]
        await connection.copy_records_to_table("seen", records=named)
        records.update(topic for _, topic, judged in rows if judged)
        nameless.update(topic for name, topic, judged in rows if judged and name is None)
        tell(len(batch))
    return records, nameless


def _id(record: Record) -> UUID | None:
    raw = dict(record.headers).get("ce_id") or b""
    try:
        return UUID(raw.decode())
    except ValueError:
        return None
