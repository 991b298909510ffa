"""One attempt: a request to an address that nobody vouches for, and what came of it."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Final, Self

import httpcore
import httpx

from reporting.domain.webhooks import Attempt, Outcome
from reporting.settings import WebhookSettings
from reporting.webhooks.addresses import (
    AddressRefused,
    Guarded,
    NameUnknown,
    Resolve,
    look_up,
)

MOST_ANSWERED: Final = 64 * 1024
_KEPT_OPEN: Final = 200
_KEPT_SECONDS: Final = 20.0
_HEADERS: Final = (
    ("Content-Type", "application/cloudevents+json"),
    ("User-Agent", "npp-webhooks/1"),
)


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class Sender:
    """Sends to where webhooks may go; follows nobody elsewhere, neither a redirect nor a proxy."""

    def __init__(
        self,
        settings: WebhookSettings,
        *,
        resolve: Resolve = look_up,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self._seconds = settings.attempt_seconds
        self._http = settings.allow_http
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trusted or _trusted(),
            max_connections=None,
            max_keepalive_connections=_KEPT_OPEN,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=Guarded(settings.allowed_networks, resolve),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.aclose()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Attempt:
        """POST the body; never raises for what the other side does or is."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._seconds):
                status, asked, ended = await self._exchange(
                    url, [*_HEADERS, *headers.items()], body
                )
        except (TimeoutError, httpcore.TimeoutException):
            return Attempt(Outcome.TIMEOUT, seconds=loop.time() - began)
        except NameUnknown:
            return Attempt(Outcome.NAME_UNKNOWN, seconds=loop.time() - began)
        except AddressRefused:
            return Attempt(Outcome.ADDRESS_REFUSED, seconds=loop.time() - began)
        except httpcore.ConnectError as error:
            outcome = Outcome.TLS_FAILED if _is_of_tls(error) else Outcome.UNREACHABLE
            return Attempt(outcome, seconds=loop.time() - began)
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
            return Attempt(Outcome.BROKEN_OFF, seconds=loop.time() - began)
        outcome = _outcome(status) if ended else Outcome.ANSWER_TOO_LARGE
        return Attempt(outcome, status, loop.time() - began, asked)

    async def _exchange(
        self, url: str, headers: Sequence[tuple[bytes | str, bytes | str]], body: bytes
    ) -> tuple[int, timedelta, bool]:
        """The status, how long the answer asks us to wait, and whether it ended within bounds.

        It is read to its end, for the sake of the connection, and looked at by nobody.
        """
        to = httpx.URL(url)
        if to.scheme != "https" and not self._http:
            raise AddressRefused  # it was allowed once, and is no longer
        target = httpcore.URL(
            scheme=to.raw_scheme, host=to.raw_host, port=to.port, target=to.raw_path
        )
        async with self._pool.stream("POST", target, headers=headers, content=body) as answer:
            asked, read = _retry_after(answer.headers), 0
            async for part in answer.aiter_stream():
                read += len(part)
                if read > MOST_ANSWERED:
                    return answer.status, asked, False
        return answer.status, asked, True


def _outcome(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome.ACCEPTED
    if status == 410:
        return Outcome.GONE
    return Outcome.REDIRECTED if 300 <= status < 400 else Outcome.REJECTED


def _retry_after(headers: list[tuple[bytes, bytes]]) -> timedelta:
    """Of a number of seconds; a date is of a clock that we do not know."""
    found = [value for name, value in headers if name.lower() == b"retry-after"]
    if len(found) != 1 or not found[0].isdigit():
        return timedelta()
    return timedelta(seconds=min(int(found[0][:9]), 86_400))


def _is_of_tls(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None
