"""Answers as they leave: compressed for who asks for it, and not sent twice to who has them."""

import asyncio
import gzip
import hashlib
import re
from typing import Final

from fastapi import Request
from starlette.responses import Response

_WORTH_IT: Final = 1_000
_GZIP: Final = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[0-9.]+\s*)?(?:,|$)")


def tag_of(*identity: object) -> str:
    """A strong validator: equal for equal answers."""
    return hashlib.blake2s(repr(identity).encode(), digest_size=16).hexdigest()


async def packed(
    request: Request, body: bytes, media_type: str, tag: str, headers: dict[str, str]
) -> Response:
    """The answer; 304 when the caller has it. A compressed one has a validator of its own."""
    small = len(body) < _WORTH_IT
    zipped = not small and bool(_GZIP.search(request.headers.get("accept-encoding", "")))
    etag = f'"{tag}-gzip"' if zipped else f'"{tag}"'
    headers = headers | {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, Cookie, Accept-Encoding",
    }
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    if zipped:
        body = await asyncio.to_thread(gzip.compress, body, 5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=media_type)


def is_known(request: Request, etag: str) -> bool:
    """Whether the caller has said that it has this."""
    known = request.headers.get("if-none-match", "")
    return etag in (each.strip().removeprefix("W/") for each in known.split(","))
