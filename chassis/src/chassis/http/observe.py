"""Middleware around every request: correlation id, metrics, one log line, no leaked exception."""

import re
import time
from typing import Final

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.clock import new_id
from chassis.http.failures import refusal_of
from chassis.http.problems import CORRELATION, problem_response
from chassis.telemetry import HTTP_REQUESTS, HTTP_SECONDS

HEADER: Final = "X-Correlation-Id"
_NAME: Final = HEADER.lower().encode()
_NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")
_ACCEPTABLE: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")

log = structlog.get_logger(__name__)


class Observe:
    """Outermost of our middlewares, so that nothing escapes it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._meters: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=answer.correlation_id)
        started = time.perf_counter()
        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            if answer.status is not None:
                raise  # half an answer is out; only closing the connection can tell
            await problem_response(refusal_of(error), scope)(scope, receive, answer)
        finally:
            self._measure(scope, answer.status or 500, time.perf_counter() - started)

    def _measure(self, scope: Scope, status: int, seconds: float) -> None:
        route = _template(scope)
        method = scope["method"] if route != "unmatched" else "any"
        meters = self._meters.get((route, method, status))
        if meters is None:
            counter = HTTP_REQUESTS.labels(route, method, str(status))
            meters = counter, HTTP_SECONDS.labels(route, method)
            self._meters[route, method, status] = meters
        meters[0].inc()
        meters[1].observe(seconds)
        tell = log.info if status >= 400 else log.debug
        tell("request", route=route, method=method, status=status, ms=round(seconds * 1000, 1))


class _Answer:
    def __init__(self, scope: Scope, send: Send) -> None:
        given = Headers(scope=scope).get(HEADER, "")
        self.correlation_id = given if _ACCEPTABLE.fullmatch(given) else str(new_id())
        self.status: int | None = None
        self._send = send
        scope[CORRELATION] = self.correlation_id

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            named = (_NAME, self.correlation_id.encode())
            message["headers"] = [*message.get("headers", ()), named, _NO_SNIFFING]
        await self._send(message)


def _template(scope: Scope) -> str:
    # The template, never the path: ids in a label would grow the metrics without bound.
    return str(getattr(scope.get("route"), "path", "unmatched"))
