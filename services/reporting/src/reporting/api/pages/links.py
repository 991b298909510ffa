"""The page of links for spreadsheets: made here, shown once, listed and revoked."""

from typing import Annotated, Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from chassis.http.runtime import runtime_of
from chassis.signin import CSRF_FIELD
from reporting.api.answers import FigureUnknown
from reporting.api.links.making import LinkBody, Maker, maker_of, path_of
from reporting.api.pages.frame import Frame, Framed
from reporting.domain.definitions import DEFINITIONS
from reporting.domain.links import TooManyCsvLinks

NOT_TAKEN: Final = "A link needs a name of 1 to 100 characters, and 1 to 366 days."
_DAYS: Final = "90"
_TITLES: Final = {each: next(iter(of.values())).title for each, of in DEFINITIONS.items()}
_ASKED: Final = ("figure", "period", "by", "per")

router = APIRouter(include_in_schema=False)
Asked = Annotated[str, Query(max_length=80)]


@router.get("/csv-links")
async def get_links_page(frame: Framed) -> Response:
    return await frame.answer(_page(frame, {}))


@router.get("/csv-links/{figure}")
async def get_new_link_page(
    figure: str, frame: Framed, period: Asked = "", by: Asked = "", per: Asked = ""
) -> Response:
    said = {"figure": figure, "period": period, "by": by, "per": per}
    return await frame.answer(_page(frame, {name: each for name, each in said.items() if each}))


@router.post("/csv-links")
async def post_links_page(frame: Framed) -> Response:
    return await frame.answer(_made(frame))


@router.post("/csv-links/{link_id}/revoke")
async def post_link_revoked(link_id: UUID, frame: Framed) -> Response:
    return await frame.answer(_revoked(frame, link_id))


async def _made(frame: Frame) -> Response:
    maker = _maker(frame)
    said = dict(parse_qsl((await frame.request.body()).decode("utf-8", "replace")))
    said.pop(CSRF_FIELD, None)
    try:
        link, secret = await maker.make(LinkBody.model_validate(said))
    except ValidationError:
        return await _page(frame, said, status=422, problem=NOT_TAKEN)
    except TooManyCsvLinks as refused:
        return await _page(frame, said, status=refused.status, problem=refused.title)
    return await _page(frame, {}, address=_origin(frame.request) + path_of(link, secret))


async def _revoked(frame: Frame, link_id: UUID) -> Response:
    await _maker(frame).revoke(link_id)
    return RedirectResponse("/csv-links", status_code=303)


async def _page(
    frame: Frame, said: dict[str, str], *, status: int = 200, problem: str = "", address: str = ""
) -> Response:
    maker = _maker(frame)
    name = said.get("figure", "")
    if name and name not in _TITLES:
        raise FigureUnknown
    content: dict[str, Any] = {
        "figure": {"id": name, "title": _TITLES[name]} if name else None,
        "asked": {each: said[each] for each in _ASKED if each in said},
        "label": said.get("label", ""),
        "days": said.get("days", _DAYS),
        "links_made": await maker.found(),
        "titles": _TITLES,
    }
    answer = frame.page(
        "csv-links.html", status=status, problem=problem, address=address, **content
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _maker(frame: Frame) -> Maker:
    return maker_of(frame.request, frame.actor)


def _origin(request: Request) -> str:
    signin = runtime_of(request).signin
    return str(request.base_url).rstrip("/") if signin is None else signin.public_url
