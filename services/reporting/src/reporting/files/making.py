"""Making one day's files from the feed: all of it one transaction, so all of it or nothing."""

import asyncio
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import islice
from tempfile import TemporaryFile
from threading import Event as Flag
from typing import IO, Final

import msgspec
import structlog

from chassis.clock import now
from chassis.database import Database, Driver
from npp_contracts.catalogue import EVENTS
from npp_contracts.event import Event
from reporting.feeds.queries import Day, settle
from reporting.files.package import File, descriptor
from reporting.files.stored import PART_BYTES
from reporting.files.tables import write_tables

log = structlog.get_logger(__name__)

_BATCH: Final = 1_000
# Whoever has this row is the one that makes its day, and retention waits meanwhile.
_TAKE: Final = """
SELECT first_position, last_position, chain_before, chain_after FROM feed_days
WHERE force_id = $1 AND day = $2 AND NOT purged FOR UPDATE SKIP LOCKED
"""
# After the lock: whoever had it before has then committed, and is seen.
_MADE: Final = "SELECT EXISTS (SELECT FROM feed_packages WHERE force_id = $1 AND day = $2)"
_TYPES: Final = """
SELECT type, count(*) AS events FROM feed_events
WHERE force_id = $1 AND position BETWEEN $2 AND $3 GROUP BY type ORDER BY type
"""
_EVENTS: Final = """
SELECT document FROM feed_events
WHERE force_id = $1 AND type = $2 AND position BETWEEN $3 AND $4 ORDER BY position
"""
_PART: Final = """
INSERT INTO feed_file_parts (force_id, day, name, part, content) VALUES ($1, $2, $3, $4, $5)
"""
_PACKAGE: Final = """
INSERT INTO feed_packages (force_id, day, document, made_at) VALUES ($1, $2, $3, $4)
"""


class FeedIncomplete(Exception):
    """The feed does not hold what its manifest says: nothing is made of it."""


async def make_day(database: Database, force_id: str, day: date) -> bool:
    """Make a day's files; False if it is not over, is made, or somebody else is at it.

    Raises what says that they can't be made from this feed by this release.
    """
    async with database.connection() as looking:
        if day >= await settle(looking, force_id):
            return False
    async with database.transaction() as within:
        connection = await within.open()
        row = await connection.fetchrow(_TAKE, force_id, day)
        if row is None or await connection.fetchval(_MADE, force_id, day):
            return False
        first, last, before, after = row
        placed = Day(day, first, last, before, after, complete=True)
        made = await _Making(connection, force_id, placed).make()
    log.info("files-made", feed=force_id, day=str(day), files=made)
    return True


@dataclass(frozen=True, slots=True)
class _Making:
    connection: Driver
    force_id: str
    day: Day

    async def make(self) -> int:
        span = self.force_id, self.day.first_position, self.day.last_position
        found = {row["type"]: row["events"] for row in await self.connection.fetch(_TYPES, *span)}
        if sum(found.values()) != self.day.count:
            raise FeedIncomplete(f"{self.force_id} {self.day.day}: {found}, not {self.day.count}")
        files = [each for name in found for each in await self._type(EVENTS[name], found[name])]
        made_at = now()
        document = msgspec.json.encode(descriptor(self.force_id, self.day, made_at, files)).decode()
        await self.connection.execute(_PACKAGE, self.force_id, self.day.day, document, made_at)
        return len(files)

    async def _type(self, kind: type[Event], events: int) -> list[File]:
        # On disk, since a day may be larger than memory; compressed, since it is text.
        with TemporaryFile() as spool, TemporaryFile() as csv_file, TemporaryFile() as parquet_file:
            await self._spool(kind, spool)
            rows = await _in_thread(kind, spool, csv_file, parquet_file)
            if rows != events:
                raise FeedIncomplete(f"{self.force_id} {self.day.day} {kind.type}: {rows} events")
            return [
                await self._keep(kind, "csv", rows, csv_file),
                await self._keep(kind, "parquet", rows, parquet_file),
            ]

    async def _spool(self, kind: type[Event], spool: IO[bytes]) -> None:
        asked = kind.type, self.day.first_position, self.day.last_position
        with gzip.open(spool, "wb", compresslevel=1) as out:
            async for (document,) in self.connection.cursor(
                _EVENTS, self.force_id, *asked, prefetch=_BATCH
            ):
                if document is None:
                    raise FeedIncomplete(f"{self.force_id} {self.day.day}: no longer kept")
                out.write(document.encode() + b"\n")

    async def _keep(self, kind: type[Event], form: str, rows: int, made: IO[bytes]) -> File:
        digest, size = sha256(), made.seek(0, 2)
        file = File(kind, form, rows, size, "")
        made.seek(0)
        for part, content in enumerate(iter(lambda: made.read(PART_BYTES), b"")):
            digest.update(content)
            where = self.force_id, self.day.day, file.name, part
            await self.connection.execute(_PART, *where, content)
        return replace(file, sha256=digest.hexdigest())


async def _in_thread(
    kind: type[Event], spool: IO[bytes], csv_file: IO[bytes], parquet_file: IO[bytes]
) -> int:
    """Beside the consumers, which go on; who is told to stop waits for one batch at most."""
    stop = Flag()
    spool.seek(0)
    writing = asyncio.create_task(
        asyncio.to_thread(write_tables, kind, _read(spool, stop), csv_file, parquet_file)
    )
    try:
        return await asyncio.shield(writing)
    except asyncio.CancelledError:
        stop.set()
        # The files are closed after us.
        await asyncio.gather(writing, return_exceptions=True)
        raise


def _read(spool: IO[bytes], stop: Flag) -> Iterator[list[bytes]]:
    with gzip.open(spool, "rb") as lines:
        while batch := list(islice(lines, _BATCH)):
            if stop.is_set():
                raise InterruptedError
            yield batch
