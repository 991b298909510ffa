"""Forms of pages: what a browser sends without a script."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from starlette.datastructures import FormData

from chassis.errors import UnsupportedMedia

MEDIA_TYPE = "application/x-www-form-urlencoded"


async def _form(request: Request) -> FormData:
    if not request.headers.get("content-type", "").startswith(MEDIA_TYPE):
        raise UnsupportedMedia(f"this route reads {MEDIA_TYPE}")
    return FormData([*parse_qsl((await request.body()).decode("latin-1"))])


Form = Annotated[FormData, Depends(_form)]
"""Route dependency: the fields of the form that have been filled in."""
