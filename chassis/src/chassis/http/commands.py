"""`run: Commands`: a route hands a command to its function, in one transaction for the caller."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Final, TypeAlias, TypeVar

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.auth import Actor
from chassis.database import Transaction
from chassis.http.caller import Authenticated
from chassis.http.failures import refusal_of
from chassis.http.idempotency import HEADER, REPLAYED, Answer, Claim, Replay, claim_of
from chassis.http.problems import correlation_of, problem_response
from chassis.http.runtime import runtime_of
from chassis.outbox import Cause
from chassis.tracing import current_traceparent
from chassis.work import Work

C = TypeVar("C")
R = TypeVar("R")

_OPEN: Final = "npp.open_work"


class _RolledBack(Exception):
    """Unwinds a transaction whose request was refused after the command had run."""


_Begun: TypeAlias = AbstractAsyncContextManager[tuple[Work, Transaction]]


class OpenWork:
    """The transaction of a request with an Idempotency-Key: open until the answer is known."""

    def __init__(self, context: _Begun, work: Work, transaction: Transaction, claim: Claim) -> None:
        self._context = context
        self.work = work
        self._transaction = transaction
        self._claim = claim

    async def commit(self, answer: Answer) -> None:
        """Keep the answer and commit it with the effect."""
        self._transaction.closing = self._claim.keeping(answer)
        await self._context.__aexit__(None, None, None)

    async def roll_back(self) -> None:
        """Undo the effect, and with it the claim: the caller may try again with the key."""
        try:
            reason = _RolledBack()
            await self._context.__aexit__(_RolledBack, reason, None)
        except _RolledBack:
            pass


class CommandRunner:
    """Runs commands of one request. `actor` is who they are for."""

    def __init__(self, request: Request, actor: Actor) -> None:
        self._request = request
        self.actor = actor

    async def __call__(self, function: Callable[[Work, C], Awaitable[R]], command: C) -> R:
        """The function's result, committed; with an Idempotency-Key, committed with the answer."""
        opened = self._request.scope.get(_OPEN)
        if opened is None:
            opened = await self._open()
        if opened is not None:
            return await self._within(opened, function, command)
        async with self._begin() as (work, _):
            return await function(work, command)

    def _begin(self, also: str = "") -> _Begun:
        scope = self._request.scope
        trace = current_traceparent() or self._request.headers.get("traceparent")
        cause = Cause(correlation_of(scope), traceparent=trace)
        return runtime_of(self._request).work.transaction(self.actor, cause, also)

    async def _open(self) -> OpenWork | None:
        claim = await claim_of(self._request, self.actor.subject)
        if claim is None:
            return None
        context = self._begin(claim.taking)
        work, transaction = await context.__aenter__()
        opened = OpenWork(context, work, transaction, claim)
        self._request.scope[_OPEN] = opened
        try:
            await claim.check(transaction)
        except BaseException:
            await self._undo(opened)
            raise
        return opened

    async def _within(
        self, opened: OpenWork, function: Callable[[Work, C], Awaitable[R]], command: C
    ) -> R:
        try:
            result = await function(opened.work, command)
            await opened.work.flush()  # so that a broken rule of the database shows in the route
        except BaseException:
            await self._undo(opened)
            raise
        return result

    async def _undo(self, opened: OpenWork) -> None:
        del self._request.scope[_OPEN]
        await opened.roll_back()


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
        except BaseException:
            if (opened := scope.get(_OPEN)) is not None:
                await opened.roll_back()
            raise
        refused = await _settle(scope, sent)
        if refused is not None:
            await refused(scope, receive, send)
            return
        for message in sent:
            await send(message)


async def _settle(scope: Scope, sent: list[Message]) -> Response | None:
    opened: OpenWork | None = scope.get(_OPEN)
    if opened is None:
        return None
    answer = _answer_of(sent)
    if answer.status >= 400:
        await opened.roll_back()
        return None
    try:
        await opened.commit(answer)
    except Exception as error:  # noqa: BLE001 - whatever the commit says, the caller must hear it
        return problem_response(refusal_of(error), scope)
    return None


def _answer_of(sent: list[Message]) -> Answer:
    start = sent[0]
    headers = Headers(raw=start.get("headers", []))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(start["status"], dict(headers), body)


async def replayed(_request: Request, error: Replay) -> Response:
    """Exception handler: the stored answer once more."""
    headers = error.answer.headers | {REPLAYED: "true"}
    return Response(error.answer.body, error.answer.status, headers)


class _Runner(Authenticated):
    async def __call__(self, request: Request) -> CommandRunner:
        return CommandRunner(request, await self.actor(request))


Commands = Annotated[CommandRunner, Depends(_Runner())]
"""Route dependency `run: Commands`: `await run(sign_portfolio, SignPortfolio(...))`."""
