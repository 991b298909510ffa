"""What stands around every page: who looks, in which language, where else to go."""

import hashlib
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from chassis.auth import Actor
from chassis.errors import Forbidden, NotFound, Refusal
from chassis.http import Caller, new_nonce, page_response
from chassis.http.runtime import runtime_of
from reporting.api.pages.language import COOKIE, YEAR_SECONDS, Chosen, Language
from reporting.api.pages.panels import templates
from reporting.api.pages.plan import PAGES, home
from reporting.api.pages.wording import AGO, Wording
from reporting.api.sight import sight_of
from reporting.api.webhooks.access import MANAGERS
from reporting.domain import errors
from reporting.domain.erasures import ErasureConfirmed, ErasuresOfForces

_KINDS: Final = {
    "govuk.css": "text/css; charset=utf-8",
    "dashboard.css": "text/css; charset=utf-8",
    "dashboard.js": "text/javascript; charset=utf-8",
}

SAID: Final[tuple[type[Refusal], ...]] = (
    ErasureConfirmed,
    ErasuresOfForces,
    errors.AlreadyConfirmed,
    errors.AlreadyPublished,
    errors.ConfirmingForAnother,
    errors.DenominatorMissing,
    errors.OnlyPublisher,
    errors.OnlySignOff,
    errors.ReadingFailed,
    errors.StillReading,
    errors.VersionSuperseded,
)
"""Refusals that a page has words for: their titles, in either language."""

router = APIRouter(include_in_schema=False)


@cache
def stylesheets() -> Mapping[str, bytes]:
    """What the pages load, by name; raises FileNotFoundError where nothing has been compiled."""
    folder = files("reporting.api.pages") / "static"
    return {name: (folder / name).read_bytes() for name in _KINDS}


@cache
def _edition() -> str:
    return hashlib.blake2s(b"".join(stylesheets().values())).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything but the page itself."""

    request: Request
    actor: Actor
    language: Language

    def page(self, template: str, *, status: int = 200, **content: Any) -> Response:
        """The template within the frame; who has asked for a language is given it from now on."""
        nonce = new_nonce()
        whole = templates(self.language).get_template(template)
        answer = page_response(whole.render(**self._around(), **content), nonce, status)
        if self.request.query_params.get("lang") == self.language:
            answer.set_cookie(
                COOKIE, self.language, max_age=YEAR_SECONDS, httponly=True, samesite="lax"
            )
        return answer

    async def answer(self, making: Awaitable[Response]) -> Response:
        """What is being made, or a page that says why not."""
        try:
            return await making
        except NotFound:
            return self.page("not-found.html", status=404)
        except SAID as refused:
            return self.page("refusal.html", status=refused.status, refusal=refused)
        except Forbidden:
            return self.page("refused.html", status=403)

    def _around(self) -> dict[str, Any]:
        say = Wording(self.language).say
        return {
            "edition": _edition(),
            "leave": _csrf_token(self.request),
            "links": [(path, say(title)) for path, title in self._links()],
            "here": self.request.url.path,
            "languages": {each: self._address(each) for each in get_args(Language)},
            "ago_patterns": [say(pattern) for pattern in AGO],
        }

    def _links(self) -> list[tuple[str, str]]:
        try:
            first = home(sight_of(self.actor))
        except Forbidden:
            return []
        found = [(each.path, each.title) for each in PAGES.values() if "{" not in each.path]
        found[0] = ("/", first.title)
        found.insert(-1, ("/national-returns", "Returns"))
        if not self.actor.national and not self.actor.roles.isdisjoint(MANAGERS):
            found.append(("/deliveries", "Deliveries"))
            found.append(("/erasures-due", "Erasures"))
        return found

    def _address(self, language: Language) -> str:
        return "?" + urlencode(dict(self.request.query_params) | {"lang": language})


async def _frame(request: Request, actor: Caller, language: Chosen) -> Frame:
    return Frame(request, actor, language)


Framed = Annotated[Frame, Depends(_frame)]
"""Route dependency: puts a page into its frame."""


@router.get("/static/{name}")
async def get_static(name: str) -> Response:
    if name not in _KINDS:
        raise NotFound
    # The page names the edition in the address, so an old one is never asked for again.
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(stylesheets()[name], headers=headers, media_type=_KINDS[name])


def _csrf_token(request: Request) -> str | None:
    signin = runtime_of(request).signin
    session = None if signin is None else signin.session(request)
    return None if session is None else session.csrf_token
