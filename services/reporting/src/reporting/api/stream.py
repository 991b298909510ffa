"""Figures as they change, by server-sent events: as JSON, or as the page's own panels."""

import time
from collections.abc import AsyncIterator
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from reporting.api.answers import Answer, answers_of, etag
from reporting.api.figures import FIGURES
from reporting.api.panels import PANELS, View, ViewOf, panel
from reporting.api.sight import Sees, Sight
from reporting.api.watch import watch_of

# A reader comes back by itself, and then has to show again who it is.
LIFE_SECONDS: Final = 600.0

router = APIRouter(tags=["figures"])


@router.get("/stream", response_class=EventSourceResponse)
async def get_stream(
    request: Request,
    sight: Sees,
    view: ViewOf,
    form: Annotated[Literal["json", "html"], Query(alias="as")] = "json",
) -> AsyncIterator[ServerSentEvent]:
    """Every figure once, then each again whenever it has changed; the event's id is its ETag."""
    view = view.seen_by(sight)
    names = PANELS if form == "html" else tuple(FIGURES)
    async for answer in _changes(request, sight, view, names):
        if form == "html":
            content = {"id": answer.document["id"], "html": panel(answer, sight, view)}
            yield _event("panel", content, answer)
        else:
            yield _event("figure", answer.document, answer)


async def _changes(
    request: Request, sight: Sight, view: View, names: tuple[str, ...]
) -> AsyncIterator[Answer]:
    answers, watch = answers_of(request.app), watch_of(request.app)
    sent: dict[str, str] = {}
    until = time.monotonic() + LIFE_SECONDS
    async with watch.listening():
        seen = 0
        while (now := await watch.next(seen, until - time.monotonic())) is not None:
            seen, current = now, watch.current
            for name in names:
                if sent.get(name) != etag(name, sight, view.choices, current):
                    answer = await answers.find(name, sight, view.choices, current)
                    sent[name] = answer.etag
                    yield answer


def _event(kind: str, content: object, answer: Answer) -> ServerSentEvent:
    data = msgspec.json.encode(content).decode()
    return ServerSentEvent(event=kind, id=answer.etag.strip('"'), raw_data=data)
