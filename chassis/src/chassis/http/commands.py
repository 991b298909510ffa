"""`run: Commands`: a route hands a command to its function, in one transaction for the caller."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Annotated, Final, TypeVar

from asyncpg import UniqueViolationError
from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.auth import Actor
from chassis.database import is_passing
from chassis.http.caller import Authenticated
from chassis.http.failures import refusal_of
from chassis.http.idempotency import HEADER, REPLAYED, Answer, Claim, Replay, claim_of
from chassis.http.problems import correlation_of, problem_response
from chassis.http.runtime import runtime_of
from chassis.outbox import Cause
from chassis.tracing import current_traceparent
from chassis.work import Started, Work

C = TypeVar("C")
R = TypeVar("R")

_OPEN: Final = "npp.open_work"


class OpenWork:
    """The work of a request with an Idempotency-Key: it ends when the answer is known."""

    def __init__(self, scope: Scope, start: Callable[[], Started], claim: Claim) -> None:
        self._scope = scope
        self._start = start
        self._started = start()
        self._claim = claim
        self._used = False

    async def run(self, function: Callable[[Work, C], Awaitable[R]], command: C) -> R:
        """What the function returns, not yet committed."""
        try:
            if self._used:  # an earlier command of the request has left something
                await self._started.work.flush()
            self._used = True
            return await function(self._started.work, command)
        except BaseException as error:
            await self.give_up(error)
            raise

    async def commit(self, answer: Answer) -> None:
        """Keep the answer and commit it with the effect; raises Replay when another one has."""
        self._scope.pop(_OPEN, None)
        try:
            await self._started.commit(self._claim.keeping(answer))
        except BaseException as error:
            await self.give_up(error)
            raise

    async def give_up(self, why: BaseException | None = None) -> None:
        """Undo the effect, and with it the claim: the caller may try again with the key.

        Raises Replay when the request was answered before and we had not looked yet.
        """
        self._scope.pop(_OPEN, None)
        looked = self._started.transaction.begun and not isinstance(why, UniqueViolationError)
        await self._started.roll_back()
        if looked or (why is not None and (not isinstance(why, Exception) or is_passing(why))):
            return
        again = self._start()
        try:
            await again.transaction.open()
        finally:
            await again.roll_back()


class CommandRunner:
    """Runs commands of one request. `actor` is who they are for."""

    def __init__(self, request: Request, actor: Actor) -> None:
        self._request = request
        self.actor = actor

    async def __call__(self, function: Callable[[Work, C], Awaitable[R]], command: C) -> R:
        """The function's result, committed; with an Idempotency-Key, committed with the answer."""
        opened: OpenWork | None = self._request.scope.get(_OPEN)
        if opened is None:
            opened = await self._open()
        if opened is not None:
            return await opened.run(function, command)
        started = self._start(None)
        try:
            result = await function(started.work, command)
            await started.commit()
        except BaseException:
            await started.roll_back()
            raise
        return result

    def _start(self, claim: Claim | None) -> Started:
        scope = self._request.scope
        trace = current_traceparent() or self._request.headers.get("traceparent")
        cause = Cause(correlation_of(scope), traceparent=trace)
        return runtime_of(self._request).work.start(self.actor, cause, claim)

    async def _open(self) -> OpenWork | None:
        claim = await claim_of(self._request, self.actor.subject)
        if claim is None:
            return None
        scope = self._request.scope
        opened = scope[_OPEN] = OpenWork(scope, partial(self._start, claim), claim)
        return opened


class Idempotency:
    """Middleware: commits a claimed request once its answer is known, before it is sent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        claimed = scope["type"] == "http" and scope["method"] == "POST"
        if not claimed or HEADER not in Headers(scope=scope):
            await self.app(scope, receive, send)
            return
        sent: list[Message] = []

        async def hold(message: Message) -> None:
            sent.append(message)

        try:
            await self.app(scope, receive, hold)
        except BaseException as error:
            await give_up(scope, error)
            raise
        instead = await _settled(scope, sent)
        if instead is not None:
            await instead(scope, receive, send)
            return
        for message in sent:
            await send(message)


async def settle(
    scope: Scope, status: int, headers: Mapping[str, str], body: bytes | memoryview
) -> None:
    """Commit what the request's commands have left, with its answer; a refusal undoes it.

    Raises Replay when the request was answered before, or the database's error.
    """
    opened: OpenWork | None = scope.get(_OPEN)
    if opened is not None and status < 400:
        await opened.commit(Answer(status, headers, bytes(body)))
    elif opened is not None:
        await opened.give_up()


async def give_up(scope: Scope, why: BaseException) -> None:
    """Undo it after a failure; raises Replay when the request was answered before."""
    opened: OpenWork | None = scope.get(_OPEN)
    if opened is not None:
        await opened.give_up(why)


async def _settled(scope: Scope, sent: list[Message]) -> Response | None:
    headers = Headers(raw=sent[0].get("headers", []))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    try:
        await settle(scope, sent[0]["status"], headers, body)
    except Replay as before:
        return _again(before)
    except Exception as error:  # noqa: BLE001 - whatever the commit says, the caller must hear it
        return problem_response(refusal_of(error), scope)
    return None


async def replayed(_request: Request, error: Replay) -> Response:
    """Exception handler: the stored answer once more."""
    return _again(error)


def _again(error: Replay) -> Response:
    headers = {**error.answer.headers, REPLAYED: "true"}
    return Response(error.answer.body, error.answer.status, headers)


class _Runner(Authenticated):
    async def __call__(self, request: Request) -> CommandRunner:
        return CommandRunner(request, await self.actor(request))


Commands = Annotated[CommandRunner, Depends(_Runner())]
"""Route dependency `run: Commands`: `await run(sign_portfolio, SignPortfolio(...))`."""
