"""Figures as they change, by server-sent events: as JSON, or as the page's own panels."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from chassis.http import Caller
from reporting.api.answers import Answer, answers_of, key_of
from reporting.api.figures import FIGURES
from reporting.api.figures.reader import Choices
from reporting.api.pages.language import Chosen, Language
from reporting.api.pages.panels import panel
from reporting.api.pages.plan import FRESH, PAGES, Panel, home
from reporting.api.pages.view import Looks, View, ViewOf, looks_at
from reporting.api.sight import Sight
from reporting.api.watch import watch_of
from reporting.tallies.versions import AsOf

# A reader comes back by itself, and then has to show again who it is.
LIFE_SECONDS: Final = 600.0

router = APIRouter(tags=["figures"])


@dataclass(frozen=True, slots=True)
class Asked:
    """What a stream brings, and to whom. panel: as what it is shown; None is as it is."""

    figure: str
    sight: Sight
    choices: Choices
    panel: Panel | None = None

    def key(self, current: AsOf) -> str:
        return key_of(self.figure, self.sight, self.choices, current)


async def _looks(actor: Caller, force: Annotated[str | None, Query(max_length=80)] = None) -> Looks:
    return looks_at(actor, force)


@dataclass(frozen=True, slots=True)
class Showing:
    """What a stream brings, and how whoever listens looks at it."""

    asked: list[Asked]
    looks: Looks
    view: View
    language: Language

    def event(self, each: Asked, answer: Answer) -> ServerSentEvent:
        if each.panel is None:
            return _event("figure", answer.document, answer)
        html = panel(each.panel, answer, self.looks, self.view, self.language)
        return _event("panel", {"id": each.panel.id, "html": html}, answer)


async def _showing(
    looks: Annotated[Looks, Depends(_looks)],
    view: ViewOf,
    language: Chosen,
    form: Annotated[Literal["json", "html"], Query(alias="as")] = "json",
    page: Annotated[str, Query(max_length=40)] = "",
) -> Showing:
    view, sight = view.seen_by(looks.sight), looks.sight
    if form == "html":
        found = PAGES.get(page) or home(sight)
        shown = (FRESH, *found.seen(only=looks.only is not None))
        asked = [Asked(each.figure, sight, view.of(each), each) for each in shown]
    else:
        asked = [Asked(name, sight, view.choices) for name in FIGURES]
    return Showing(asked, looks, view, language)


@router.get("/stream", response_class=EventSourceResponse)
async def get_stream(
    request: Request, showing: Annotated[Showing, Depends(_showing)]
) -> AsyncIterator[ServerSentEvent]:
    """Every figure once, then each again whenever it has changed; the event's id is its ETag.

    As html: the panels of the page that is named.
    """
    async for each, answer in _changes(request, showing.asked):
        yield showing.event(each, answer)


async def _changes(request: Request, asked: list[Asked]) -> AsyncIterator[tuple[Asked, Answer]]:
    answers, watch = answers_of(request.app), watch_of(request.app)
    made: dict[Asked, str] = {}
    sent: dict[Asked, str] = {}
    until = time.monotonic() + LIFE_SECONDS
    async with watch.listening():
        seen = 0
        while (now := await watch.next(seen, until - time.monotonic())) is not None:
            seen, current = now, watch.current
            for each in asked:
                if made.get(each) == each.key(current):
                    continue
                answer = await answers.find(each.figure, each.sight, each.choices, current)
                made[each] = answer.key
                if sent.get(each) != answer.etag:
                    sent[each] = answer.etag
                    yield each, answer


def _event(kind: str, content: object, answer: Answer) -> ServerSentEvent:
    data = msgspec.json.encode(content).decode()
    return ServerSentEvent(event=kind, id=answer.etag.strip('"'), raw_data=data)
