"""Reading what was made: which days, a day's package, a file bit by bit; and letting go of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database import Database

PART_BYTES: Final = 1 << 20
"""Of a kept file's parts; only the last is shorter."""

_DAYS: Final = text("""
SELECT d.day, d.last_position - d.first_position + 1 AS events, d.purged, p.made_at
FROM feed_days AS d LEFT JOIN feed_packages AS p USING (force_id, day)
WHERE d.force_id = :force AND d.day < :today ORDER BY d.day DESC LIMIT :limit
""")
_DAY: Final = text("""
SELECT d.purged, p.document FROM feed_days AS d LEFT JOIN feed_packages AS p USING (force_id, day)
WHERE d.force_id = :force AND d.day = :day
""")
_PART: Final = text("""
SELECT content FROM feed_file_parts
WHERE force_id = :force AND day = :day AND name = :name AND part = :part
""")
_FORGET: Final = text("""
DELETE FROM feed_packages AS p USING feed_days AS d
WHERE d.force_id = p.force_id AND d.day = p.day AND d.purged
""")


class FileAltered(Exception):
    """What is kept is not what was made: whoever asked gets half a file rather than this one."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A day that is over and on which something was placed."""

    day: date
    count: int
    state: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as its package says that it is."""

    feed: str
    day: date
    name: str
    bytes: int
    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Span:
    """Some bytes of a file, from the first to the last, both included; the first is number 0."""

    first: int
    last: int


async def listed(
    connection: AsyncConnection, force_id: str, today: date, limit: int
) -> list[Listed]:
    """The latest first; state: ready, waiting to be made, or expired with the feed's documents."""
    asked = {"force": force_id, "today": today, "limit": limit}
    return [
        Listed(row.day, row.events, _state(row.purged, made=row.made_at is not None))
        for row in await connection.execute(_DAYS, asked)
    ]


async def package_of(
    connection: AsyncConnection, force_id: str, day: date
) -> tuple[str, dict[str, Any] | None]:
    """A day's state, `empty` when nothing was placed on it, and its descriptor once it is ready."""
    row = (await connection.execute(_DAY, {"force": force_id, "day": day})).first()
    if row is None:
        return "empty", None
    state = _state(row.purged, made=row.document is not None)
    return state, msgspec.json.decode(row.document) if state == "ready" else None


def kept(feed: str, day: date, name: str, package: dict[str, Any]) -> Kept | None:
    """The file of that name in a package."""
    for each in package["resources"]:
        if each["name"] == name and "hash" in each:
            digest = each["hash"].removeprefix("sha256:")
            return Kept(feed, day, name, each["bytes"], digest, each["mediatype"])
    return None


async def content_of(database: Database, file: Kept, span: Span) -> AsyncIterator[bytes]:
    """Part by part, each read by itself: who fetches slowly keeps no connection to the database.

    Raises FileAltered before the last part if what went out is not what was made. For that, what
    is before a span that ends with the file is read too; one that ends before is proved by nobody
    but its reader, who has the whole.
    """
    proved, digest = span.last == file.bytes - 1, sha256()
    part = 0 if proved else span.first // PART_BYTES
    begins = part * PART_BYTES
    while begins <= span.last:
        content = await _part_of(database, file, part)
        ends = begins + len(content)
        digest.update(content)
        altered = proved and ends == file.bytes and digest.hexdigest() != file.sha256
        if not content or ends > file.bytes or altered:
            raise FileAltered(f"{file.feed} {file.day} {file.name}")
        if ends > span.first:
            yield content[max(span.first - begins, 0) : span.last + 1 - begins]
        begins, part = ends, part + 1


async def _part_of(database: Database, file: Kept, part: int) -> bytes:
    asked = {"force": file.feed, "day": file.day, "name": file.name, "part": part}
    async with database.connection(file.feed, read_only=True) as connection:
        return (await connection.execute(_PART, asked)).scalar() or b""


async def forget_files(connection: AsyncConnection) -> None:
    """The hourly chore: files go when the feed lets go of the documents that they were made of."""
    await connection.execute(_FORGET)


def _state(purged: bool, *, made: bool) -> str:
    if purged:
        return "expired"
    return "ready" if made else "waiting"
