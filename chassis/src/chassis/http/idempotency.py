"""Idempotency-Key: the same request again gets the same answer and has no second effect."""

# The answer is a row of the effect's own transaction, so its key is taken when the effect stays and
# free when it does not. A key belongs to one subject; it may be used again only with the same
# method, path, query and body. Looking it up costs no round trip: that is sent with the begin. A
# work that needs no begin learns from its one statement's failure that the key was taken.

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import text
from starlette.requests import Request

from chassis.database import Driver, literal
from chassis.errors import Invalid, Malformed
from chassis.outbox import Change

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
_ACCEPTABLE: Final = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS: Final = ("content-type", "etag", "location")

_FIND: Final = """
SELECT request_sha256, status, headers::text AS headers, body
FROM idempotency_keys WHERE subject = $1 AND key = $2
"""
_KEEP: Final = """
INSERT INTO idempotency_keys (subject, key, request_sha256, status, headers, body)
VALUES ($1, $2, $3, $4, $5, $6)
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
    headers: Mapping[str, str]
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

    @property
    def sql(self) -> str:
        """SQL that ends with the tag "SELECT 0" when the key is free, and ours until the end.

        It waits for a concurrent request of the same key to end, so one of them has the effect.
        """
        named = f"{self.subject}\n{self.key}".encode()
        lock = int.from_bytes(hashlib.sha256(named).digest()[:8], signed=True)
        mine = f"subject = {literal(self.subject)} AND key = {literal(self.key)}"
        found = f"SELECT FROM idempotency_keys WHERE {mine}"
        return f"SELECT pg_advisory_xact_lock({lock}); {found}"

    async def check(self, tag: str, connection: Driver) -> None:
        """Raises Replay when answered before, IdempotencyKeyReused when misused."""
        if tag == "SELECT 0":
            return
        row = await connection.fetchrow(_FIND, self.subject, self.key)
        if row is None or row["request_sha256"] != self.request_sha256:
            raise IdempotencyKeyReused("use a new key for a new request", field=HEADER)
        headers = msgspec.json.decode(row["headers"], type=dict[str, str])
        raise Replay(Answer(row["status"], headers, row["body"]))

    def keeping(self, answer: Answer) -> Change:
        """What stores the answer beside the effect; it fails when the key is taken."""
        kept = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
        headers = msgspec.json.encode(kept).decode()
        request = (self.subject, self.key, self.request_sha256)
        return _KEEP, [*request, answer.status, headers, answer.body]


async def claim_of(request: Request, subject: str) -> Claim | None:
    """The claim a POST makes with its Idempotency-Key; None without the header."""
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return None
    if not _ACCEPTABLE.fullmatch(key):
        raise IdempotencyKeyMalformed(field=HEADER)
    path, query = request.scope["path"].encode(), request.scope["query_string"]
    about = b"%b %b?%b\n" % (request.method.encode(), path, query)
    return Claim(subject, key, hashlib.sha256(about + await request.body()).digest())


async def forget_before(connection: AsyncConnection, before: datetime) -> int:
    """Drop keys older than `before`; how many there were. A repeat after that acts again."""
    return (await connection.execute(_FORGET, {"before": before})).rowcount
