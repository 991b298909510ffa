"""Cursor pagination: opaque cursors over the sort key of the last row shown."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import Depends, Query

from chassis.errors import Malformed

MAX_LIMIT: Final = 500
DEFAULT_LIMIT: Final = 100


class CursorMalformed(Malformed):
    title = "The cursor is not one that we gave"


class Position(msgspec.Struct, frozen=True):
    """Where a page starts and how long it is.

    after: the sort key of the last row of the page before, as strings; empty for the first page.
    Select `limit + 1` rows beyond `after` and hand them to `page`.
    """

    after: tuple[str, ...] = ()
    limit: int = DEFAULT_LIMIT
    updated_since: datetime | None = None

    @property
    def rows(self) -> int:
        """How many rows to select: one more than shown tells whether there is a next page."""
        return self.limit + 1

    def after_or(self, *first: str) -> tuple[str, ...]:
        """The key to start after, or `first` on the first page; refuses one of another length."""
        if not self.after:
            return first
        if len(self.after) != len(first):
            raise CursorMalformed(field="cursor")
        return self.after


def page(
    rows: Sequence[Mapping[Any, Any]], limit: int, key: Sequence[str] = ("id",)
) -> dict[str, Any]:
    """`{"items": [...], "next": cursor or None}` from up to `limit + 1` rows sorted by `key`."""
    shown = [dict(row) for row in rows[:limit]]
    more = len(rows) > limit and shown
    return {"items": shown, "next": _encode(shown[-1], key) if more else None}


def _encode(row: Mapping[Any, Any], key: Sequence[str]) -> str:
    parts = [_text(row[name]) for name in key]
    packed = msgspec.json.encode(parts)
    return urlsafe_b64encode(_checksum(packed) + packed).rstrip(b"=").decode()


def _checksum(packed: bytes) -> bytes:
    # Against accidents, not attackers: a cursor grants nothing that the caller may not read.
    return hashlib.blake2s(packed, digest_size=4, person=b"cursor").digest()


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _decode(cursor: str) -> tuple[str, ...]:
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        if raw[:4] != _checksum(raw[4:]):
            raise CursorMalformed(field="cursor")
        return msgspec.json.decode(raw[4:], type=tuple[str, ...])
    except (ValueError, msgspec.MsgspecError) as error:
        raise CursorMalformed(field="cursor") from error


async def _cursor(
    cursor: Annotated[str | None, Query(max_length=1_000, description="`next` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    updated_since: Annotated[datetime | None, Query(description="ISO 8601.")] = None,
) -> Position:
    if updated_since is not None and updated_since.tzinfo is None:
        updated_since = updated_since.replace(tzinfo=UTC)
    return Position(_decode(cursor) if cursor else (), limit, updated_since)


Cursor = Annotated[Position, Depends(_cursor)]
"""Route dependency `cursor: Cursor`: the query parameters `cursor`, `limit` and `updated_since`."""
