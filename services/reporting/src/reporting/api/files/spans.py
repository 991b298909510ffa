"""`Range`: a part of a file, so that a download that was broken off goes on (RFC 9110, 14)."""

import re
from typing import Final

from fastapi import Request

from chassis.errors import Refusal
from reporting.files.stored import Kept, Span

# Twenty digits are more than any file has; what is longer is no number of bytes.
_ONE: Final = re.compile(r"(?ai)bytes=\s*(?:(\d{1,20})-(\d{0,20})|-(\d{1,20}))\s*")


class RangeNotSatisfiable(Refusal):
    status = 416
    title = "The file ends before that range begins"

    def __init__(self, size: int) -> None:
        super().__init__(field="Range", rule="within-the-file", bytes=size)
        self.headers = {"Content-Range": f"bytes */{size}"}


def span_of(request: Request, file: Kept, etag: str) -> Span | None:
    """The part that is asked for; None for all of it. Raises RangeNotSatisfiable.

    All of it also for what may be passed over: another unit, several ranges, one that is none,
    and an `If-Range` that is not this very file.
    """
    if request.headers.get("if-range", etag) != etag:
        return None
    found = _ONE.fullmatch(request.headers.get("range", ""))
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        span = Span(max(file.bytes - int(suffix), 0), file.bytes - 1)
    else:
        span = Span(int(first), int(last or file.bytes))
        if span.last < span.first and last:
            return None
    if span.first >= file.bytes:
        raise RangeNotSatisfiable(file.bytes)
    return Span(span.first, min(span.last, file.bytes - 1))
