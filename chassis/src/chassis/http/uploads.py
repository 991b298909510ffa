"""CSV bodies: the right content type, no compression, and a size of their own."""

from typing import Annotated, Final

from fastapi import Depends, Request

from chassis.csvio import MAX_BYTES
from chassis.errors import UnsupportedMedia
from chassis.http.limits import body_limit

_TYPES: Final = ("text/csv", "application/csv")

csv_upload = body_limit(MAX_BYTES)
"""Put under the route's decorator: the route then reads files of up to csvio.MAX_BYTES."""


class NotCsv(UnsupportedMedia):
    title = "This route reads text/csv"


async def _csv_body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        raise NotCsv(field="Content-Type")
    return await request.body()


CsvBody = Annotated[bytes, Depends(_csv_body)]
"""Route dependency: the body of a text/csv request, for chassis.csvio.read_csv."""
