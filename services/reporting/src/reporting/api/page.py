"""The dashboard, and the two files that it loads."""

import hashlib
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.errors import Forbidden, NotFound
from chassis.http import Caller, new_nonce, page_response
from chassis.http.runtime import runtime_of
from reporting.api.answers import answers_of, meaning_of
from reporting.api.figures import FIGURES
from reporting.api.panels import PANELS, ViewOf, pages, panel
from reporting.api.sight import sight_of
from reporting.domain.forces import force

_FILES: Final = {
    name: (kind, (files("reporting.api") / "static" / name).read_bytes())
    for name, kind in {
        "dashboard.css": "text/css; charset=utf-8",
        "dashboard.js": "text/javascript; charset=utf-8",
    }.items()
}
_EDITION: Final = hashlib.blake2s(b"".join(body for _, body in _FILES.values())).hexdigest()[:12]
pages.globals["edition"] = _EDITION

router = APIRouter(include_in_schema=False)


@router.get("/")
async def get_dashboard(request: Request, actor: Caller, view: ViewOf) -> Response:
    nonce, leave = new_nonce(), _csrf_token(request)
    try:
        sight = sight_of(actor)
    except Forbidden:
        return page_response(pages.get_template("refused.html").render(leave=leave), nonce, 403)
    answers, view = answers_of(request.app), view.seen_by(sight)
    current = await answers.version()
    panels = [
        panel(await answers.find(name, sight, view.choices, current), sight, view)
        for name in PANELS
    ]
    content = pages.get_template("dashboard.html").render(
        whose=force(sight.name),
        sight=sight,
        view=view,
        panels=dict(zip(PANELS, panels, strict=True)),
        figures=[meaning_of(name, view.choices) for name in FIGURES],
        leave=leave,
    )
    return page_response(content, nonce)


@router.get("/static/{name}")
async def get_static(name: str) -> Response:
    if name not in _FILES:
        raise NotFound
    kind, body = _FILES[name]
    # The page names the edition in the address, so an old one is never asked for again.
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(body, headers=headers, media_type=kind)


def _csrf_token(request: Request) -> str | None:
    signin = runtime_of(request).signin
    session = None if signin is None else signin.session(request)
    return None if session is None else session.csrf_token
