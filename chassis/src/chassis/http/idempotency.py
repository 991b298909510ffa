"""Idempotency-Key: the same request again gets the same answer and has no second effect.

The key and the answer are rows of the effect's own transaction. A key belongs to one subject; it
may be used again only with the same method, path, query and body.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.sql import text
from starlette.requests import Request

from chassis.database import driver
from chassis.errors import Invalid, Malformed

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
_ACCEPTABLE: Final = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS: Final = ("content-type", "etag", "location")

# Waits for a concurrent request of the same key to end, so exactly one of them has the effect.
_CLAIM: Final = """
INSERT INTO idempotency_keys (subject, key, request_sha256) VALUES ($1, $2, $3)
ON CONFLICT (subject, key) DO NOTHING RETURNING 1
"""
_FIND: Final = """
SELECT request_sha256, status, headers::text AS headers, body
FROM idempotency_keys WHERE subject = $1 AND key = $2
"""
_KEEP: Final = """
UPDATE idempotency_keys SET status = $3, headers = $4::jsonb, body = $5
WHERE subject = $1 AND key = $2
"""
_FORGET: Final = text("DELETE FROM idempotency_keys WHERE created_at < :before")


class IdempotencyKeyMalformed(Malformed):
    title = "The Idempotency-Key is not 1 to 255 visible ASCII characters"


class IdempotencyKeyReused(Invalid):
    title = "This Idempotency-Key was used for another request"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as it was sent."""

    status: int
    headers: dict[str, str]
    body: bytes


class Replay(Exception):
    """Not an error: the request was answered before, and this is what was said."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Claim:
    """One use of a key by a subject for one request."""

    subject: str
    key: str
    request_sha256: bytes

    async def take(self, session: AsyncSession) -> None:
        """Claim the key. Raises Replay when answered before, IdempotencyKeyReused when misused."""
        connection = await driver(session)
        if await connection.fetchval(_CLAIM, self.subject, self.key, self.request_sha256):
            return
        row = await connection.fetchrow(_FIND, self.subject, self.key)
        if row is None or row["request_sha256"] != self.request_sha256:
            raise IdempotencyKeyReused("use a new key for a new request", field=HEADER)
        headers = msgspec.json.decode(row["headers"], type=dict[str, str])
        raise Replay(Answer(row["status"], headers, row["body"]))

    async def keep(self, session: AsyncSession, answer: Answer) -> None:
        """Store the answer beside the effect."""
        connection = await driver(session)
        kept = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
        headers = msgspec.json.encode(kept).decode()
        await connection.execute(_KEEP, self.subject, self.key, answer.status, headers, answer.body)


async def claim_of(request: Request, subject: str) -> Claim | None:
    """The claim a POST makes with its Idempotency-Key; None without the header."""
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return None
    if not _ACCEPTABLE.fullmatch(key):
        raise IdempotencyKeyMalformed(field=HEADER)
    about = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return Claim(subject, key, hashlib.sha256(about + await request.body()).digest())


async def forget_before(connection: AsyncConnection, before: datetime) -> int:
    """Drop keys older than `before`; how many there were. A repeat after that acts again."""
    return (await connection.execute(_FORGET, {"before": before})).rowcount
