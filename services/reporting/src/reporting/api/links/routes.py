"""`/links`: making, listing and revoking them; and the figure, for whoever holds one."""

from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.clock import now
from chassis.database import EVERY_FORCE
from chassis.errors import Refusal
from chassis.http import Json
from chassis.http.runtime import runtime_of
from reporting.api.answers import answers_of
from reporting.api.links.making import (
    LinkBody,
    Makes,
    choices_of,
    path_of,
    shown,
    sight_through,
)
from reporting.api.routes import csv_answer
from reporting.domain.links import CsvLink, CsvLinkUnknown, opened
from reporting.store.links import link_of

router = APIRouter(prefix="/links", tags=["links"])
log = structlog.get_logger(__name__)
_NOT_KEPT = {"Cache-Control": "no-store"}


@router.post("", status_code=201)
async def post_link(body: LinkBody, makes: Makes) -> Response:
    """The only answer that has the secret: an Idempotency-Key would have it kept."""
    link, secret = await makes.make(body)
    headers = _NOT_KEPT | {"Location": f"/links/{link.link_id}"}
    return Json({**shown(link), "url": path_of(link, secret)}, 201, headers)


@router.get("")
async def get_links(makes: Makes) -> Response:
    return Json({"items": [shown(each) for each in await makes.found()]}, headers=_NOT_KEPT)


@router.delete("/{link_id}", status_code=204)
async def delete_link(link_id: UUID, makes: Makes) -> Response:
    await makes.revoke(link_id)
    return Response(status_code=204)


@router.get("/{link_id}/{secret}/{figure}.csv")
async def get_linked_csv(link_id: str, secret: str, figure: str, request: Request) -> Response:
    """The figure as CSV, with no token. Each use is logged, by the link's id alone."""
    try:
        link = await _opened(request, link_id, secret, figure)
    except Refusal as refused:
        log.warning("csv-link-refused", code=refused.code)
        raise
    answer = await answers_of(request.app).find(figure, sight_through(link), choices_of(link))
    told = csv_answer(request, answer)
    sent = told.status_code != 304
    log.info("csv-link-used", link=str(link.link_id), figure=figure, sent=sent)
    return told


async def _opened(request: Request, link_id: str, secret: str, figure: str) -> CsvLink:
    try:
        known = UUID(link_id)
    except ValueError:
        raise CsvLinkUnknown from None
    # Nobody's token says whose it is: the link does, once its secret has proved to be right.
    async with runtime_of(request).database.connection(EVERY_FORCE, read_only=True) as connection:
        kept = await link_of(connection, known)
    return opened(kept, figure, secret, now())
