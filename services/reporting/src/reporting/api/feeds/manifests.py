"""`GET /feeds/{feed}/manifests`: what each day held, by which a force proves that it has it all."""

import re
from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis.errors import Invalid
from chassis.http.runtime import runtime_of
from reporting.api.feeds.access import Access, Reads
from reporting.api.feeds.packing import packed, tag_of
from reporting.feeds.queries import Day, day_of, days, settle

MAX_DAYS: Final = 1_000
_JSON: Final = "application/json"
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

router = APIRouter(tags=["feeds"])


def _written_out(day: str) -> str:
    # A number would be read as seconds since 1970.
    if not _DAY.fullmatch(day):
        raise ValueError("must be YYYY-MM-DD")
    return day


WrittenDay = Annotated[date, BeforeValidator(_written_out)]
"""A day in a path, as YYYY-MM-DD."""


class DayToCome(Invalid):
    title = "That day has not begun (UTC)"


@router.get("/feeds/{feed}/manifests")
async def get_feed_manifests(
    request: Request, reads: Reads, limit: Annotated[int, Query(ge=1, le=MAX_DAYS)] = 100
) -> Response:
    today = await settled(request, reads)
    async with _reading(request, reads) as connection:
        found = await days(connection, reads.feed, today, limit)
    content = {"feed": reads.feed, "days": [_shown(reads, each) for each in found]}
    return await _answer(request, content)


@router.get("/feeds/{feed}/manifests/{day}")
async def get_feed_manifest(request: Request, reads: Reads, day: WrittenDay) -> Response:
    today = await settled(request, reads)
    if day > today:
        raise DayToCome(field="day", rule="not-in-the-future")
    async with _reading(request, reads) as connection:
        found = await day_of(connection, reads.feed, day, today)
    return await _answer(request, _shown(reads, found))


async def settled(request: Request, reads: Access) -> date:
    """Today (UTC); what was placed on days before it is all there."""
    async with runtime_of(request).database.connection(reads.scope) as connection:
        return await settle(connection, reads.feed)


def _reading(request: Request, reads: Access) -> AbstractAsyncContextManager[AsyncConnection]:
    return runtime_of(request).database.connection(reads.scope, read_only=True)


def _shown(reads: Access, day: Day) -> dict[str, Any]:
    return {
        "feed": reads.feed,
        "day": day.day,
        "count": day.count,
        "first_position": day.first_position,
        "last_position": day.last_position,
        "chain_start": day.chain_before,
        "chain_end": day.chain_after,
        "complete": day.complete,
    }


async def _answer(request: Request, content: dict[str, Any]) -> Response:
    body = msgspec.json.encode(content)
    return await packed(request, body, _JSON, tag_of(body), {})
