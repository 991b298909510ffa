"""One command or question at a time, tried with one Idempotency-Key until it is answered."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4

import msgspec

from npp_ops.issuer.tokens import Minter
from npp_ops.simulate.load.wire import Answer, Wire

_ATTEMPT_SECONDS: Final = 15.0
_PATIENCE_SECONDS: Final = 150.0
_TOKEN_SECONDS: Final = 1200.0
_WRONG_SECONDS: Final = 7200


class Patient(Minter):
    """Mints tokens that a process takes whose clock is an hour or two wrong."""

    @classmethod
    def like(cls, minter: Minter) -> "Patient":
        return cls(minter.key, minter.issuer)

    def _sign(self, kind: str, claims: dict[str, object], ttl: int) -> str:
        present = int(time.time())
        times = {"iat": present - _WRONG_SECONDS, "exp": present + ttl + _WRONG_SECONDS}
        return super()._sign(kind, {**times, **claims}, ttl)


class Unanswered(Exception):
    """A command was refused that should not be, or nobody answered it for too long."""


class Sender:
    """Sends to the services by name, as anybody in any role.

    done: requests answered well. retries: attempts that nobody answered, or with 5xx or 429.
    """

    def __init__(self, urls: Callable[[str], str], minter: Minter, chance: random.Random) -> None:
        self.done = 0
        self.retries = 0
        self._urls = urls
        self._minter = minter
        self._random = chance
        self._wire = Wire()
        self._tokens: dict[tuple[str, str, str], tuple[float, str]] = {}

    def close(self) -> None:
        self._wire.close()

    async def post(
        self,
        role: str,
        force: str,
        service: str,
        path: str,
        body: object,
        *,
        subject: str | None = None,
        **headers: str,
    ) -> Any:
        """The answer to a command, however often it had to be sent. Raises Unanswered."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        kind = "text/csv" if isinstance(body, bytes) else "application/json"
        given = {"Content-Type": kind, "Idempotency-Key": str(uuid4()), **headers}
        who = (role, force, subject or f"{role}-{force}")
        return await self._until_answered(
            "POST", service, path, who, headers=given, content=content
        )

    async def get(
        self,
        role: str,
        force: str,
        service: str,
        path: str,
        *,
        subject: str | None = None,
        **query: str,
    ) -> Any:
        """The answer to a question."""
        who = (role, force, subject or f"{role}-{force}")
        return await self._until_answered("GET", service, path, who, query=query)

    async def _until_answered(
        self, method: str, service: str, path: str, who: tuple[str, str, str], **request: Any
    ) -> Any:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        told: Answer | None = None
        while time.monotonic() < deadline:
            told = await self._once(method, self._urls(service) + path, self._token(who), **request)
            if told is not None and told.ok:
                self.done += 1
                return msgspec.json.decode(told.body) if told.body else None
            if told is not None and told.status < 500 and told.status != 429:
                break
            self.retries += 1
            await asyncio.sleep(0.1 + 0.2 * self._random.random())
        said = "no answer" if told is None else f"{told.status} {told.text[:300]}"
        raise Unanswered(f"{method} {service}{path}: {said}")

    async def _once(
        self,
        method: str,
        url: str,
        token: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer | None:
        given = {"Authorization": f"Bearer {token}", **(headers or {})}
        try:
            async with asyncio.timeout(_ATTEMPT_SECONDS):
                return await self._wire.request(method, url, given, content=content, params=query)
        except (OSError, TimeoutError):
            return None

    def _token(self, who: tuple[str, str, str]) -> str:
        born, token = self._tokens.get(who, (0.0, ""))
        if time.monotonic() - born > _TOKEN_SECONDS or not token:
            role, force, subject = who
            token = self._minter.access_token(subject, [role], force)
            self._tokens[who] = time.monotonic(), token
        return token
