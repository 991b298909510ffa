"""One HTTP client for the whole load: keeps connections, waits out a stack that restarts."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx
import msgspec

CONNECTIONS: Final = 16
PATIENCE_SECONDS: Final = 240.0
"""How long one request is tried again while nobody answers it."""
TIMEOUT: Final = httpx.Timeout(180.0, connect=5.0, pool=None)
_LATER: Final = frozenset({429, 502, 503, 504})
# Facts reach the other services within moments; until then they do not know the learner.
_NOT_YET: Final = frozenset({"learner-unknown"})


class Refused(Exception):
    """A service said no, and no trying again will change that."""

    def __init__(self, method: str, url: str, response: httpx.Response) -> None:
        super().__init__(f"{method} {url}: {response.status_code} {response.text[:600]}")
        self.status = response.status_code
        self.code = _code(response)


@dataclass(slots=True)
class Sent:
    """What has gone over the wire so far."""

    requests: int = 0
    retries: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Client:
    """Requests to the services by name; every answer is JSON."""

    http: httpx.AsyncClient
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

    async def raw(self, service: str, path: str, token: str) -> httpx.Response:
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
        return msgspec.json.decode(answer.content) if answer.content else None

    async def _answered(
        self,
        method: str,
        url: str,
        token: str,
        *,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> httpx.Response:
        given = {"Authorization": f"Bearer {token}", **(headers or {})}
        until, attempt = time.monotonic() + PATIENCE_SECONDS, 0
        while True:
            answer = await self._try(method, url, headers=given, **request)
            if answer is not None and answer.is_success:
                return answer
            if answer is not None and not _worth_another(answer):
                raise Refused(method, url, answer)
            if time.monotonic() > until:
                raise TimeoutError(f"{method} {url}: no answer in {PATIENCE_SECONDS:.0f} s")
            attempt += 1
            self.sent.retries += 1
            await asyncio.sleep(min(2.0, 0.05 * 1.6**attempt) * (0.5 + random.random()))

    async def _try(self, method: str, url: str, **request: Any) -> httpx.Response | None:
        self.sent.requests += 1
        try:
            return await self.http.request(method, url, **request)
        except httpx.TransportError:
            return None


@asynccontextmanager
async def connected(urls: Mapping[str, str]) -> AsyncIterator[Client]:
    limits = httpx.Limits(
        max_connections=CONNECTIONS * 2, max_keepalive_connections=CONNECTIONS * 2
    )
    async with httpx.AsyncClient(timeout=TIMEOUT, limits=limits, trust_env=False) as http:
        yield Client(http, urls)


def _worth_another(answer: httpx.Response) -> bool:
    if answer.status_code in _LATER:
        return True
    return answer.status_code == httpx.codes.NOT_FOUND and _code(answer) in _NOT_YET


def _code(answer: httpx.Response) -> str:
    try:
        return str(msgspec.json.decode(answer.content).get("code", ""))
    except (msgspec.MsgspecError, AttributeError):
        return ""
