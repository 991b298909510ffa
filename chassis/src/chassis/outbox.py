"""Events on their way out: written with the state they follow from, in one transaction."""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg
from pydantic import ValidationError

from chassis.clock import new_id
from chassis.database import Driver
from npp_contracts.event import Event
from npp_contracts.headers import SCHEMA_PREFIX, headers_of

# The unit that one relay owns. More than there will ever be relays of one service; a power of
# two so that shards spread evenly over two, four or eight of them.
SHARDS: Final = 16
# Below the broker's message.max.bytes (1 MiB) by room for the key, the headers and the batch.
MAX_EVENT_BYTES: Final = 900_000


class InvalidEvent(Exception):
    """A service tried to publish what its own contract forbids: a defect, refused before commit."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an event is recorded: the request or event behind it, and its trace."""

    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One event as a row of the event log, before the log has given it a position."""

    id: UUID
    topic: str
    key: str
    type: str
    sequence: int
    force_id: str
    time: datetime
    cause: Cause
    payload: bytes


def outgoing(service: str, event: Event, sequence: int, time: datetime, cause: Cause) -> Outgoing:
    """The row of an event, checked against its contract and the size a broker accepts.

    Raises InvalidEvent: so no row can exist that the relay could never send.
    """
    kind = type(event)
    if kind.topic.owner != service:
        raise InvalidEvent(f"{kind.type} belongs to {kind.topic.owner}, not to {service}")
    payload = event.model_dump_json().encode()
    if len(payload) > MAX_EVENT_BYTES:
        raise InvalidEvent(f"{kind.type} is {len(payload)} bytes, {MAX_EVENT_BYTES} at most")
    try:
        kind.model_validate_json(payload)
    except ValidationError as broken:
        raise InvalidEvent(f"{kind.type} breaks its contract: {broken}") from broken
    return Outgoing(
        new_id(),
        kind.topic.name,
        event.key,
        kind.type,
        sequence,
        event.force_id,
        time,
        cause,
        payload,
    )


def shard_of(key: str) -> int:
    """The shard that publishes a key: the same in every process and for ever."""
    return zlib.crc32(key.encode()) % SHARDS


_NAMES: Final = (
    "id, aggregatetype, aggregateid, type, sequence, forceid, time, correlationid,"
    " causationid, traceparent, payload"
)
_LOGGED: Final = f"event_log ({_NAMES})"
# Positions and tickets follow the array's order, so within a transaction events keep theirs;
# across transactions the aggregate's row lock makes their order commit order per key.
# The transaction has an id before it draws any ticket: see relay.
_MANY: Final = f"""
WITH logged AS (
    INSERT INTO {_LOGGED}
    SELECT e.id, e.topic, e.key, e.type, e.sequence, e.force_id, e.time,
           e.correlation, e.causation, e.trace, e.payload
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[],
                $7::timestamptz[], $8::text[], $9::text[], $10::text[], $11::bytea[])
         WITH ORDINALITY AS e (id, topic, key, type, sequence, force_id, time,
                               correlation, causation, trace, payload, ordinal)
    WHERE pg_current_xact_id() IS NOT NULL
    ORDER BY e.ordinal
    RETURNING position, recorded_at, id
)
INSERT INTO outbox (position, recorded_at, shard)
SELECT logged.position, logged.recorded_at, s.shard
FROM logged JOIN unnest($1::uuid[], $12::smallint[]) AS s (id, shard) USING (id)
ORDER BY logged.position
"""  # noqa: S608
_TYPES: Final = "uuid text text text bigint text timestamptz text text text bytea smallint"

_PARAMETER: Final = re.compile(r"\$(\d+)")

# SQL that changes one row, and its parameters.
Change: TypeAlias = tuple[str, list[Any]]


@lru_cache(maxsize=1024)
def _one(*changes: tuple[str, int]) -> str:
    """The statement for one event. changes: SQL that becomes a part of it, and its parameters."""
    parts, names, first = "", [], 1
    for number, (sql, count) in enumerate(changes):
        names.append(f"change{number}")
        parts += f"{names[-1]} AS ({_renumbered(sql, first)} RETURNING 1), "
        first += count
    *values, shard = (f"${first + n}::{kind}" for n, kind in enumerate(_TYPES.split()))
    found = f"FROM {', '.join(names)}" if names else ""
    return f"""
WITH {parts} logged AS (
    INSERT INTO {_LOGGED} SELECT {", ".join(values)} {found}
    WHERE pg_current_xact_id() IS NOT NULL
    RETURNING position, recorded_at
)
INSERT INTO outbox (position, recorded_at, shard)
SELECT position, recorded_at, {shard} FROM logged
"""  # noqa: S608


def _renumbered(sql: str, first: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + first - 1}", sql)


async def write(
    connection: Driver, events: Sequence[Outgoing], changes: Sequence[Change] = ()
) -> bool:
    """Append events to the log and to the queue, in the connection's transaction.

    changes: of a single row each, for other tables. Beside one event they cost no round trip of
    their own. False when one of them found no row.
    """
    if len(events) == 1:
        sql = _one(*((sql, len(given)) for sql, given in changes))
        given = [value for _, values in changes for value in values]
        return await connection.execute(sql, *given, *_columns(events[0])) != "INSERT 0 0"
    found = [await connection.execute(sql, *given) for sql, given in changes]
    if events:
        await connection.execute(_MANY, *map(list, zip(*map(_columns, events), strict=True)))
    return not any(tag.endswith(" 0") for tag in found)


def _columns(e: Outgoing) -> tuple[object, ...]:
    cause = e.cause.correlation_id, e.cause.causation_id, e.cause.traceparent
    about = e.id, e.topic, e.key, e.type, e.sequence, e.force_id, e.time
    return (*about, *cause, e.payload, shard_of(e.key))


class Leaving:
    """A row of the event log as the publisher takes it: what its envelope would say."""

    __slots__ = ("_headers", "data", "milliseconds", "subject")

    def __init__(self, service: str, row: Mapping[str, Any] | asyncpg.Record) -> None:
        kind, time = row["type"], row["time"]
        self.subject: str = row["aggregateid"]
        self.data: bytes = row["payload"]
        self.milliseconds = int(time.timestamp() * 1000)
        self._headers = headers_of(
            id=row["id"],
            type=kind,
            source=f"/npp/{service}",
            subject=self.subject,
            time=time,
            dataschema=SCHEMA_PREFIX + kind,
            correlationid=row["correlationid"],
            causationid=row["causationid"],
            sequence=row["sequence"],
            forceid=row["forceid"],
            traceparent=row["traceparent"],
        )

    def headers(self) -> list[tuple[str, bytes]]:
        return self._headers
