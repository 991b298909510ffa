"""Command routes in their plain form, called without FastAPI's general machinery."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from opentelemetry import trace
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.commands import give_up, settle
from chassis.http.limits import limit_of
from chassis.http.plain import Plain, plain_form

_JSON: Final = b"application/json"


@dataclass(frozen=True, slots=True)
class _Known:
    route: APIRoute
    plain: Plain | None
    limit: int


class Direct:
    """Middleware: calls a command's route with what it asks for, if all of it is plainly there.

    FastAPI declares and documents every route, and answers whatever is not plain: another kind of
    route, and a request whose path, headers or body somebody has to be told something about.
    """

    def __init__(self, app: ASGIApp, routers: Sequence[APIRouter]) -> None:
        self.app = app
        self._known: dict[str, list[_Known]] = {}
        for route in (route for router in routers for route in router.routes):
            if isinstance(route, APIRoute):
                known = _Known(route, plain_form(route), limit_of(route.endpoint))
                for method in route.methods or ():
                    self._known.setdefault(method, []).append(known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._find(scope) if scope["type"] == "http" else None
        if found is None:
            await self.app(scope, receive, send)
            return
        known, plain, path = found
        sent = _Sent(receive)
        try:
            values = plain.read(path, await sent.body())
        except ValidationError:
            await self.app(scope, sent, send)
            return
        scope["route"] = known.route
        _name_span(scope, known.route)
        response = await _answer(Request(scope, sent), plain, values)
        await response(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[_Known, Plain, dict[str, str]] | None:
        for known in self._known.get(scope["method"], ()):
            if (match := known.route.path_regex.match(scope["path"])) is not None:
                plain = known.plain
                if plain is None or not _plainly_sent(scope, known.limit, plain):
                    return None
                return known, plain, match.groupdict()
        return None


def _plainly_sent(scope: Scope, limit: int, plain: Plain) -> bool:
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    return (
        length.isdigit()
        and int(length) <= limit
        and b"content-encoding" not in headers
        and b"transfer-encoding" not in headers
        and (plain.body is None or headers.get(b"content-type") == _JSON)
    )


class _Sent:
    """What the caller sends, to be received once more after it was read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: list[Message] = []

    async def body(self) -> bytes:
        more = True
        while more:
            self._kept.append(message := await self._receive())
            more = message.get("more_body", False)
        return b"".join(message.get("body", b"") for message in self._kept)

    async def __call__(self) -> Message:
        return self._kept.pop(0) if self._kept else await self._receive()


async def _answer(request: Request, plain: Plain, values: dict[str, object]) -> Response:
    try:
        try:
            response = await plain.call(request, values)
            await settle(request.scope, response.status_code, response.headers, response.body)
        except BaseException as error:
            await give_up(request.scope, error)
            raise
    except Exception as failure:  # noqa: BLE001 - what nobody handles is raised again
        return await _explained(request, failure)
    return response


async def _explained(request: Request, failure: Exception) -> Response:
    for kind in type(failure).__mro__:
        if (handler := request.app.exception_handlers.get(kind)) is not None:
            response: Response = await handler(request, failure)
            return response
    raise failure


def _name_span(scope: Scope, route: APIRoute) -> None:
    if scope.get("fastapi.telemetry") is not None:  # then FastAPI has opened it
        span = trace.get_current_span()
        span.update_name(f"{scope['method']} {route.path}")
        span.set_attribute("http.route", route.path)
