"""Answers that many ask for at once: made once a second, sent once per change."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import Response

from chassis.http.queries import QueryRunner

MAX_KEPT: Final = 512

Build = Callable[[], Awaitable[Any]]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    until: float
    etag: str
    body: bytes


@dataclass(slots=True)
class _Answers:
    kept: OrderedDict[Key, _Kept] = field(default_factory=OrderedDict)
    making: dict[Key, asyncio.Task[_Kept]] = field(default_factory=dict)

    async def find(self, key: Key, build: Build, seconds: float) -> _Kept:
        kept = self.kept.get(key)
        if kept is not None and kept.until > time.monotonic():
            return kept
        task = self.making.get(key)
        if task is None:
            task = self.making[key] = asyncio.create_task(self._make(key, build, seconds))
        return await asyncio.shield(task)  # one impatient caller must not fail the others

    async def _make(self, key: Key, build: Build, seconds: float) -> _Kept:
        try:
            content = await build()
            body = content if isinstance(content, bytes) else msgspec.json.encode(content)
            etag = f'"{hashlib.blake2s(body, digest_size=12).hexdigest()}"'
            kept = self.kept[key] = _Kept(time.monotonic() + seconds, etag, body)
            while len(self.kept) > MAX_KEPT:
                self.kept.popitem(last=False)
            return kept
        finally:
            del self.making[key]


async def hot(
    request: Request,
    query: QueryRunner,
    build: Build,
    *,
    seconds: float = 1.0,
    media_type: str = "application/json",
) -> Response:
    """What `build` makes (bytes, or content for JSON), shared by callers of the same sight.

    At most `seconds` old; with an ETag, so an unchanged answer is a 304 without a body.
    """
    answers = _answers_of(request.app)
    key = (request.url.path, request.url.query, query.scope)
    kept = await answers.find(key, build, seconds)
    headers = {
        "ETag": kept.etag,
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, Cookie",
    }
    if kept.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(kept.body, headers=headers, media_type=media_type)


def _answers_of(app: FastAPI) -> _Answers:
    if not hasattr(app.state, "hot_answers"):
        app.state.hot_answers = _Answers()
    answers: _Answers = app.state.hot_answers
    return answers
