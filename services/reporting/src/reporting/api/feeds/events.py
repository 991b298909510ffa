"""`GET /feeds/{feed}/events`: what comes next, at once or as soon as it is there."""

import asyncio
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.http.runtime import runtime_of
from reporting.api.feeds.access import Access, Reads
from reporting.api.feeds.asking import Asked, Question
from reporting.api.feeds.packing import packed, tag_of
from reporting.api.feeds.watch import feed_watch_of
from reporting.feeds.queries import Slice, events_after

MEDIA_TYPE: Final = "application/cloudevents-batch+json"
POSITION: Final = "NPP-Feed-Position"

router = APIRouter(tags=["feeds"])


@router.get("/feeds/{feed}/events", responses={200: {"content": {MEDIA_TYPE: {}}}})
async def get_feed_events(request: Request, reads: Reads, asked: Question) -> Response:
    found = await _slice(request, reads, asked)
    if not found.events and asked.timeout:
        found = await _awaited(request, reads, asked, found)
    body = f"[{','.join(document for _, _, document in found.events)}]"
    tag = tag_of(reads.feed, *_span(found), None if asked.types is None else sorted(asked.types))
    last = str(found.events[-1][1]) if found.events else asked.last
    headers = {
        "Link": f'<{asked.path(reads.feed, last)}>; rel="next"',
        POSITION: str(max(found.end, _span(found)[1])),
    }
    return await packed(request, body.encode(), MEDIA_TYPE, tag, headers)


def _span(found: Slice) -> tuple[int | None, int]:
    """The first position and the last; of nothing, none and where it was looked from."""
    if found.events:
        return found.events[0][0], found.events[-1][0]
    return None, max(found.after or 0, found.purged_to)


async def _slice(request: Request, reads: Access, asked: Asked) -> Slice:
    last, database = asked.last_id, runtime_of(request).database
    async with database.connection(reads.scope, read_only=True) as connection:
        found = await events_after(connection, reads.feed, last, asked.types, asked.limit)
    asked.check(reads.feed, found)
    return found


async def _awaited(request: Request, reads: Access, asked: Asked, found: Slice) -> Slice:
    """The same once there is something, or when the time is up. No connection is held meanwhile."""
    watch = feed_watch_of(request.app)
    until = asyncio.get_running_loop().time() + asked.timeout
    async with watch.listening():
        while not found.events and await watch.longer(reads.feed, found.end, until):
            found = await _slice(request, reads, asked)
    return found
