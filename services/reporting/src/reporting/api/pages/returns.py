"""The pages of national returns: which there are, who has confirmed them, what has changed."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from chassis.auth import Actor
from chassis.http import Queries
from chassis.http.queries import QueryRunner
from reporting.api.figures.reader import Document
from reporting.api.pages.frame import Frame, Framed
from reporting.api.returns.seeing import Seeing, seeing_of
from reporting.api.returns.telling import compared, documents, every_return, one_return
from reporting.commands.returns import PUBLISHER, SIGNOFF
from reporting.domain.errors import ReturnUnknown
from reporting.domain.forces import forces
from reporting.domain.returns import State

MOST_DIFFERENCES: Final = 200
"""On a page; the JSON has them all."""
_READ: Final = (State.FROZEN, State.PUBLISHED)

router = APIRouter(include_in_schema=False)


@router.get("/national-returns")
async def get_returns_page(frame: Framed, query: Queries) -> Response:
    return await frame.answer(_returns(frame, query))


@router.get("/national-returns/{return_id}/versions/{version}")
async def get_return_version_page(
    return_id: str, version: str, frame: Framed, query: Queries
) -> Response:
    return await frame.answer(_version(frame, query, return_id, version))


async def _returns(frame: Frame, query: QueryRunner) -> Response:
    seeing = seeing_of(query.actor)
    async with query() as connection:
        found = [
            await one_return(connection, each["return_id"], seeing)
            for each in await every_return(connection, seeing)
        ]
    opens = PUBLISHER in query.actor.roles
    return frame.page(
        "returns.html", seeing=seeing, returns=found, forces=len(forces()), opens=opens
    )


def which(return_id: str, version: str) -> tuple[UUID, int]:
    """What an address asks for; raises ReturnUnknown where it can't be anything."""
    try:
        return UUID(return_id), int(version)
    except ValueError as malformed:
        raise ReturnUnknown from malformed


async def version_told(
    connection: AsyncConnection, wanted: UUID, number: int, seeing: Seeing
) -> tuple[Document, Document]:
    """The return and one version of it; raises ReturnUnknown."""
    told = await one_return(connection, wanted, seeing)
    for each in told["versions"]:
        if each["version"] == number:
            return told, each
    raise ReturnUnknown


def may(actor: Actor, told: Document, made: Document) -> list[str]:
    """What somebody can do to a version now, by the pages that do it."""
    if made["version"] != told["versions"][-1]["version"] or made["state"] is State.READING:
        return []
    if PUBLISHER in actor.roles:
        return [*["publication"] * (made["state"] is State.FROZEN), "correction"]
    waits = made["state"] in _READ and not made["confirmed"]
    return ["confirmation"] if SIGNOFF in actor.roles and not actor.national and waits else []


async def _version(frame: Frame, query: QueryRunner, return_id: str, version: str) -> Response:
    seeing = seeing_of(query.actor)
    wanted, number = which(return_id, version)
    figures, changes = dict[str, Document](), None
    async with query() as connection:
        told, made = await version_told(connection, wanted, number, seeing)
        if made["state"] in _READ:
            figures = await documents(connection, wanted, number, seeing)
            changes = await compared(connection, wanted, number, seeing)
    return frame.page(
        "return.html",
        seeing=seeing,
        told=told,
        made=made,
        figures=figures,
        changes=changes,
        may=may(frame.actor, told, made),
        done=frame.request.query_params.get("done"),
        most=MOST_DIFFERENCES,
        forces=len(forces()),
    )
