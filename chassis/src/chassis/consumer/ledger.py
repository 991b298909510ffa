"""What a consumer group remembers in its own database: offsets, sequences, parked and dead."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg
import msgspec

from chassis.consumer.ordering import Blocked, Key
from chassis.consumer.received import Received
from chassis.consumer.sheet import Span
from chassis.kafka import Place, Record

_OPEN: Final = """
INSERT INTO checkpoints (consumer_group, topic, partition, next_offset) VALUES ($1, $2, $3, 0)
ON CONFLICT (consumer_group, topic, partition) DO UPDATE SET next_offset = checkpoints.next_offset
RETURNING next_offset
"""
# An update where there is one, which locks it: no partition is opened while generations of a read
# model change places, since a partition without a row in checkpoints could not be held still.
_NAME: Final = """
INSERT INTO streams (consumer_group, topic) VALUES ($1, $2)
ON CONFLICT (consumer_group, topic) DO UPDATE SET topic = excluded.topic
"""
_PAUSED: Final = "SELECT EXISTS (SELECT FROM controls WHERE kind = 'consumer' AND name = $1)"
_ADVANCE: Final = """
UPDATE checkpoints SET next_offset = $5
WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND next_offset = $4
"""
_LOCK: Final = """
SELECT next_offset FROM checkpoints
WHERE consumer_group = $1 AND topic = $2 AND partition = $3 FOR UPDATE
"""
_KEYS: Final = """
SELECT key, sequence, blocked FROM sequences
WHERE stream = (SELECT id FROM streams WHERE consumer_group = $1 AND topic = $2)
  AND key = ANY ($3::text[])
"""
_REMEMBER: Final = """
INSERT INTO sequences (stream, key, sequence, blocked)
SELECT s.id, k.key, k.sequence, k.blocked
FROM streams AS s, unnest($3::text[], $4::bigint[], $5::text[]) AS k (key, sequence, blocked)
WHERE s.consumer_group = $1 AND s.topic = $2 ORDER BY k.key
ON CONFLICT (stream, key)
DO UPDATE SET sequence = excluded.sequence, blocked = excluded.blocked
"""
_PARK: Final = """
INSERT INTO parked_events
    (consumer_group, topic, key, sequence, partition, "offset", headers, payload)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
"""
_BURY: Final = """
INSERT INTO dead_letters
    (consumer_group, topic, partition, "offset", key, sequence, headers, payload, reason, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
"""
_BURIED: Final = """
SELECT "offset" FROM dead_letters
WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND "offset" = ANY ($4::bigint[])
"""
_WAITING: Final = """
SELECT DISTINCT key FROM parked_events
WHERE consumer_group = $1 AND topic = $2 AND partition = $3
"""
_NEXT_PARKED: Final = """
SELECT key, sequence, "offset", headers::text, payload,
       extract(epoch FROM parked_at)::float8 * 1000 AS at
FROM parked_events WHERE consumer_group = $1 AND topic = $2 AND key = $3 AND sequence <= $4
ORDER BY sequence LIMIT 1
"""
_UNPARK: Final = """
DELETE FROM parked_events
WHERE consumer_group = $1 AND topic = $2 AND key = $3 AND sequence = $4
"""
_ANY_PARKED: Final = """
SELECT EXISTS (SELECT FROM parked_events WHERE consumer_group = $1 AND topic = $2 AND key = $3)
"""


# Two statements, since a plain one costs half of an INSERT that may turn into an UPDATE.
_FIRST: Final = """
INSERT INTO sequences (stream, key, sequence)
SELECT s.id, k.key, k.last FROM streams AS s, unnest($3::text[], $4::bigint[]) AS k (key, last)
WHERE s.consumer_group = $1 AND s.topic = $2
ON CONFLICT DO NOTHING
"""
_NEXT: Final = """
UPDATE sequences AS s SET sequence = k.last
FROM unnest($3::text[], $4::bigint[], $5::bigint[]) AS k (key, before, last)
WHERE s.stream = (SELECT id FROM streams WHERE consumer_group = $1 AND topic = $2)
  AND s.key = k.key AND s.sequence = k.before AND s.blocked IS NULL
"""


class Ledger:
    """One consumer group's memory, on a connection that is inside a transaction."""

    def __init__(self, group: str, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._group = group
        self._db = connection

    async def open(self, place: Place) -> int:
        """The offset to go on from; 0 for a partition never seen."""
        await self._db.execute(_NAME, self._group, place[0])
        return int(await self._db.fetchval(_OPEN, self._group, *place))

    async def paused(self) -> bool:
        """Whether an operator has told the group to wait."""
        return bool(await self._db.fetchval(_PAUSED, self._group))

    async def advance(self, place: Place, expected: int, following: int) -> bool:
        """Move the checkpoint, or say that somebody else has: then this work is not ours."""
        done = await self._db.execute(_ADVANCE, self._group, *place, expected, following)
        return bool(done == "UPDATE 1")

    async def lock(self, place: Place) -> int | None:
        """Keep the partition still for as long as this transaction lasts."""
        offset = await self._db.fetchval(_LOCK, self._group, *place)
        return None if offset is None else int(offset)

    async def keys(self, topic: str, names: Sequence[str]) -> dict[str, Key]:
        rows = await self._db.fetch(_KEYS, self._group, topic, names)
        return {
            row["key"]: Key(row["sequence"], Blocked(row["blocked"]) if row["blocked"] else None)
            for row in rows
        }

    async def follow(self, topic: str, spans: Mapping[str, Span]) -> bool:
        """Move keys on, each from right before its span to the span's end, if all can be.

        False if a key is elsewhere or blocked: the transaction must then not be committed.
        """
        new = [(key, last) for key, (first, last) in spans.items() if first == 1]
        old = [(key, first - 1, last) for key, (first, last) in spans.items() if first > 1]
        return await self._all(_FIRST, topic, new) and await self._all(_NEXT, topic, old)

    async def _all(self, statement: str, topic: str, rows: Sequence[tuple[Any, ...]]) -> bool:
        if not rows:
            return True
        columns = map(list, zip(*rows, strict=True))
        done = await self._db.execute(statement, self._group, topic, *columns)
        return done.endswith(f" {len(rows)}")

    async def remember(self, topic: str, keys: Mapping[str, Key]) -> None:
        if keys:
            names, states = list(keys), list(keys.values())
            sequences, blocked = [k.sequence for k in states], [k.blocked for k in states]
            await self._db.execute(_REMEMBER, self._group, topic, names, sequences, blocked)

    async def park(self, events: Sequence[Received]) -> None:
        rows = [
            (
                self._group,
                r.topic,
                e.subject,
                e.sequence,
                r.partition,
                r.offset,
                headers_json(r),
                r.value,
            )
            for r, e in ((one.record, one.envelope) for one in events)
            if e is not None
        ]
        if rows:
            await self._db.executemany(_PARK, rows)

    async def bury(self, events: Sequence[Received], failure: str | None = None) -> None:
        """Write dead letters; failure: what the handler raised, None when it is unreadable."""
        rows = [
            (
                self._group,
                r.topic,
                r.partition,
                r.offset,
                r.key,
                one.envelope.sequence if one.envelope else None,
                headers_json(r),
                r.value,
                "invalid" if one.problem else "failed",
                one.problem or failure or "",
            )
            for one in events
            for r in (one.record,)
        ]
        if rows:
            await self._db.executemany(_BURY, rows)

    async def buried(self, place: Place, offsets: Sequence[int]) -> list[int]:
        """Those that have a dead letter, open or closed."""
        rows = await self._db.fetch(_BURIED, self._group, *place, offsets)
        return [row["offset"] for row in rows]

    async def waiting(self, place: Place) -> list[str]:
        """Keys of a partition that have parked events."""
        return [row["key"] for row in await self._db.fetch(_WAITING, self._group, *place)]

    async def next_parked(self, place: Place, key: str, up_to: int) -> Record | None:
        """The first parked event of a key with a sequence of at most `up_to`."""
        row = await self._db.fetchrow(_NEXT_PARKED, self._group, place[0], key, up_to)
        if row is None:
            return None
        headers = headers_from(row["headers"])
        return Record(*place, row["offset"], row["at"], key.encode(), headers, row["payload"])

    async def unpark(self, topic: str, key: str, sequence: int) -> None:
        await self._db.execute(_UNPARK, self._group, topic, key, sequence)

    async def has_parked(self, topic: str, key: str) -> bool:
        return bool(await self._db.fetchval(_ANY_PARKED, self._group, topic, key))


def headers_json(record: Record) -> str:
    """Headers as JSON pairs; bytes that are not UTF-8 keep their value as hexadecimal."""
    return msgspec.json.encode(
        [[name, _readable(value)] for name, value in record.headers]
    ).decode()


def headers_from(text: str) -> list[tuple[str, bytes | None]]:
    """The headers that headers_json wrote, byte for byte."""
    pairs = msgspec.json.decode(text)
    return [(name, _bytes(value)) for name, value in pairs]


def _readable(value: bytes | None) -> Any:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"hex": value.hex()}


def _bytes(value: Any) -> bytes | None:
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    return None if value is None else str(value).encode()
