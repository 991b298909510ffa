"""One HTTP client for the whole load: keeps connections, waits out a stack that restarts."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import msgspec

from npp_ops.simulate.load.wire import Answer, Wire

PATIENCE_SECONDS: Final = 240.0
"""How long one request is tried again while nobody answers it."""
_LATER: Final = frozenset({429, 502, 503, 504})
# Facts reach the other services within moments; until then they do not know the learner.
_NOT_YET: Final = frozenset({"learner-unknown"})


class Refused(Exception):
    """A service said no, and no trying again will change that."""

    def __init__(self, method: str, url: str, answer: Answer) -> None:
        super().__init__(f"{method} {url}: {answer.status} {answer.text[:600]}")
        self.status = answer.status
        self.code = _code(answer)


@dataclass(slots=True)
class Sent:
    """What has gone over the wire so far: requests in all, of which tried again, and GETs."""

    requests: int = 0
    retries: int = 0
    reads: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Client:
    """Requests to the services by name; every answer is JSON."""

    wire: Wire
    urls: Mapping[str, str]
    sent: Sent = field(default_factory=Sent)

    async def post(
        self, service: str, path: str, token: str, body: object, *, key: UUID | None = None
    ) -> Any:
        """Send JSON. With a key, sending it again is answered as before and changes nothing."""
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = str(key)
        content = msgspec.json.encode(body)
        return await self.send("POST", service, path, token, content=content, headers=headers)

    async def get(self, service: str, path: str, token: str, **query: object) -> Any:
        wanted = {name: str(value) for name, value in query.items() if value is not None}
        return await self.send("GET", service, path, token, params=wanted)

    async def pages(
        self, service: str, path: str, token: str, **query: object
    ) -> AsyncIterator[dict[str, Any]]:
        """Every item of a list."""
        cursor: str | None = None
        while True:
            page = await self.get(service, path, token, cursor=cursor, limit=500, **query)
            for item in page["items"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def raw(self, service: str, path: str, token: str) -> Answer:
        """An answer that is no JSON."""
        return await self._answered("GET", self.urls[service] + path, token)

    async def send(
        self,
        method: str,
        service: str,
        path: str,
        token: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Any:
        self.sent.bytes += len(content or b"")
        url = self.urls[service] + path
        answer = await self._answered(
            method, url, token, content=content, headers=headers or {}, params=params
        )
        return msgspec.json.decode(answer.body) if answer.body else None

    async def _answered(
        self,
        method: str,
        url: str,
        token: str,
        *,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> Answer:
        given = {"Authorization": f"Bearer {token}", **(headers or {})}
        until, attempt = time.monotonic() + PATIENCE_SECONDS, 0
        self.sent.reads += method == "GET"
        while True:
            answer = await self._try(method, url, given, **request)
            if answer is not None and answer.ok:
                return answer
            if answer is not None and not _worth_another(answer):
                raise Refused(method, url, answer)
            if time.monotonic() > until:
                raise TimeoutError(f"{method} {url}: no answer in {PATIENCE_SECONDS:.0f} s")
            attempt += 1
            self.sent.retries += 1
            await asyncio.sleep(min(2.0, 0.05 * 1.6**attempt) * (0.5 + random.random()))

    async def _try(
        self, method: str, url: str, headers: Mapping[str, str], **request: Any
    ) -> Answer | None:
        self.sent.requests += 1
        try:
            return await self.wire.request(method, url, headers, **request)
        except (OSError, TimeoutError):
            return None


@asynccontextmanager
async def connected(urls: Mapping[str, str]) -> AsyncIterator[Client]:
    wire = Wire()
    try:
        yield Client(wire, urls)
    finally:
        wire.close()


def _worth_another(answer: Answer) -> bool:
    if answer.status in _LATER:
        return True
    return answer.status == HTTPStatus.NOT_FOUND and _code(answer) in _NOT_YET


def _code(answer: Answer) -> str:
    try:
        return str(msgspec.json.decode(answer.body).get("code", ""))
    except (msgspec.MsgspecError, AttributeError):
        return ""
