"""The platform as its users meet it: HTTP with a token, and a little patience."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx

from npp_ops.stack import Stack

T = TypeVar("T")
DEADLINE = 20.0
FORCE = "derbyshire"


class Platform:
    """Sends requests as somebody, and fails with what the service said."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._client = httpx.Client(trust_env=False, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def send(
        self,
        who: "Person",
        method: str,
        service: str,
        path: str,
        body: Any = None,
        *,
        times: int = 1,
        **headers: str,
    ) -> httpx.Response:
        """Send a request, `times` over with the same Idempotency-Key; the last answer."""
        token = self._stack.minter.access_token(who.subject, [who.role], who.force_id)
        headers = {"Authorization": f"Bearer {token}", **headers}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid4())
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        url = self._stack.url(service) + path
        for _ in range(times - 1):
            self._client.request(method, url, headers=headers, **content)
        answer = self._client.request(method, url, headers=headers, **content)
        assert answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def get(self, who: "Person", service: str, path: str) -> Any:
        return self.send(who, "GET", service, path).json()


class Person:
    """Somebody with a token: who they are, in which role, for which force."""

    def __init__(self, role: str, force_id: str = FORCE, subject: str | None = None) -> None:
        self.role = role
        self.force_id = force_id
        self.subject = subject or f"{role}-{force_id}"


def eventually(read: Callable[[], T], holds: Callable[[T], bool] = bool) -> T:
    """The value as soon as it holds; the last one in the error when it never does."""
    deadline = time.monotonic() + DEADLINE
    value: Any = None
    while time.monotonic() < deadline:
        try:
            value = read()
            if holds(value):
                return value
        except (AssertionError, LookupError) as early:
            value = early
        time.sleep(0.05)
    raise TimeoutError(f"never held; last seen: {value}")
