"""`GET /files/{feed}`: what there is to fetch, for who reads the feed."""

from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import Annotated, Any, Final

import msgspec
import structlog
from fastapi import APIRouter, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis.errors import Invalid, Refusal, Unavailable
from chassis.http import Caller
from chassis.http.runtime import runtime_of
from reporting.api.feeds.access import Access, Reads
from reporting.api.feeds.manifests import MAX_DAYS, WrittenDay, settled
from reporting.api.feeds.packing import packed, tag_of
from reporting.feeds.queries import day_of
from reporting.files.links import Links
from reporting.files.package import begun, descriptor
from reporting.files.stored import listed, package_of
from reporting.settings import webhook_settings

PACKAGE: Final = "datapackage.json"
_JSON: Final = "application/json"

router = APIRouter(tags=["files"])
log = structlog.get_logger(__name__)


class DayNotOver(Invalid):
    title = "There are files of a day once it is over (UTC)"


class FilesNotReady(Unavailable):
    title = "The files of that day are still to be made; try again shortly"


class FilesExpired(Refusal):
    status = 410
    title = "The files of that day are no longer kept; its manifest is"


@router.get("/files/{feed}")
async def get_file_days(
    request: Request, reads: Reads, limit: Annotated[int, Query(ge=1, le=MAX_DAYS)] = 100
) -> Response:
    today = await settled(request, reads)
    async with _reading(request, reads) as connection:
        found = await listed(connection, reads.feed, today, limit)
    days = [
        {
            "day": each.day,
            "count": each.count,
            "state": each.state,
            "package": f"/files/{reads.feed}/{each.day}/{PACKAGE}",
        }
        for each in found
    ]
    body = msgspec.json.encode({"feed": reads.feed, "days": days})
    return await packed(request, body, _JSON, tag_of(body), {})


@router.get("/files/{feed}/{day}/" + PACKAGE)
async def get_file_package(
    request: Request, reads: Reads, actor: Caller, day: WrittenDay
) -> Response:
    today = await settled(request, reads)
    if day >= today:
        raise DayNotOver(field="day", rule="over")
    package = await _package(request, reads, day, today)
    links = Links(webhook_settings().secrets)
    for each in package["resources"]:
        if "hash" in each:
            each["path"] = links.link(reads.feed, day, each["name"])
    log.info("files-opened", feed=reads.feed, day=str(day), by=actor.subject)
    body = msgspec.json.encode(package)
    return await packed(request, body, _JSON, tag_of(body), {})


async def _package(request: Request, reads: Access, day: date, today: date) -> dict[str, Any]:
    async with _reading(request, reads) as connection:
        state, package = await package_of(connection, reads.feed, day)
        if state == "empty":
            quiet = await day_of(connection, reads.feed, day, today)
            return descriptor(reads.feed, quiet, begun(day), [])
    if state == "expired":
        raise FilesExpired
    if package is None:
        raise FilesNotReady
    return package


def _reading(request: Request, reads: Access) -> AbstractAsyncContextManager[AsyncConnection]:
    return runtime_of(request).database.connection(reads.scope, read_only=True)
