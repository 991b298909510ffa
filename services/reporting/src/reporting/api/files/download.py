"""`GET /files/{feed}/{day}/{name}`: one file, for whoever holds its link."""

from datetime import date
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response, StreamingResponse

from chassis.errors import Refusal
from chassis.http.runtime import runtime_of
from reporting.api.feeds.manifests import WrittenDay
from reporting.api.feeds.packing import is_known
from reporting.api.files.packages import FilesExpired
from reporting.api.files.spans import span_of
from reporting.files.links import Links
from reporting.files.stored import Span, content_of, kept, package_of
from reporting.settings import webhook_settings

router = APIRouter(tags=["files"])
log = structlog.get_logger(__name__)


async def _linked(
    feed: str,
    day: WrittenDay,
    name: str,
    expires: Annotated[int, Query(ge=0, le=10**11)] = 0,
    signature: Annotated[str, Query(max_length=100)] = "",
) -> tuple[str, date, str]:
    """Nothing is asked of the database before the link has proved to be ours."""
    try:
        Links(webhook_settings().secrets).check(feed, day, name, expires, signature)
    except Refusal as refused:
        log.warning("file-refused", code=refused.code)
        raise
    return feed, day, name


Linked = Annotated[tuple[str, date, str], Depends(_linked)]


@router.get("/files/{feed}/{day}/{name}")
async def get_file(request: Request, linked: Linked) -> Response:
    feed, day, name = linked
    database = runtime_of(request).database
    async with database.connection(feed, read_only=True) as connection:
        _, package = await package_of(connection, feed, day)
    file = None if package is None else kept(feed, day, name, package)
    if file is None:
        raise FilesExpired
    headers = {
        "ETag": f'"{file.sha256}"',
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Accept-Ranges": "bytes",
    }
    known = is_known(request, headers["ETag"])
    asked = None if known else span_of(request, file, headers["ETag"])
    log.info("file-read", feed=feed, day=str(day), name=name, sent=not known)
    if known:
        return Response(status_code=304, headers=headers)
    span = asked or Span(0, file.bytes - 1)
    if asked is not None:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{file.bytes}"
    headers["Content-Length"] = str(span.last + 1 - span.first)
    content = content_of(database, file, span)
    return StreamingResponse(content, 206 if asked else 200, headers, file.media_type)
