"""How many bytes a request may carry, counted as they arrive."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.errors import TooLarge, UnsupportedMedia

DEFAULT_BODY_BYTES: Final = 1024 * 1024
_ATTRIBUTE: Final = "__npp_body_bytes__"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class BodyTooLarge(TooLarge):
    title = "The body is larger than this route accepts"


class BodyEncoded(UnsupportedMedia):
    title = "Send the body without a content encoding"


def body_limit(max_bytes: int) -> Callable[[Endpoint], Endpoint]:
    """Let a route accept bodies of up to `max_bytes`; put it under the route's decorator."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _ATTRIBUTE, max_bytes)
        return endpoint

    return mark


def limit_of(endpoint: object) -> int:
    """How many bytes a route's body may have."""
    return int(getattr(endpoint, _ATTRIBUTE, DEFAULT_BODY_BYTES))


class BodyLimit:
    """Middleware. The limit is looked up at the first read, when the route is known."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        await self.app(scope, _Counted(scope, receive), send)


class _Counted:
    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive
        self._seen = 0

    async def __call__(self) -> Message:
        if self._seen == 0:
            self._check_headers(Headers(scope=self._scope))
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        self._check(self._seen)
        return message

    def _check_headers(self, headers: Headers) -> None:
        # A compressed body could unfold to any size, so none is read at all.
        if headers.get("content-encoding", "identity") != "identity":
            raise BodyEncoded(f"not {headers['content-encoding']}", field="Content-Encoding")
        length = headers.get("content-length", "0")
        self._check(int(length) if length.isdecimal() else 0)

    def _check(self, size: int) -> None:
        limit = limit_of(self._scope.get("endpoint"))
        if size > limit:
            raise BodyTooLarge(f"at most {limit} bytes are read here", max_bytes=limit)
