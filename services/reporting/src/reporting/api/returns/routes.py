"""Routes of the national return."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.http import Commands, Json, Queries
from reporting.api.returns.figures import read
from reporting.api.returns.seeing import Seeing, seeing_of, shown, shown_version
from reporting.commands.returns import (
    ConfirmReturn,
    CorrectReturn,
    OpenReturn,
    PublishReturn,
    confirm_return,
    correct_return,
    open_return,
    publish_return,
)
from reporting.domain.differences import differences
from reporting.domain.errors import ReadingFailed, ReturnUnknown, StillReading
from reporting.domain.returns import State
from reporting.store import cuts, returns
from reporting.store.cuts import Figures
from reporting.store.returns import Made

router = APIRouter(prefix="/returns", tags=["returns"])


def written_out(value: object) -> object:
    """A date as text: a number would be read as seconds since 1970."""
    if not isinstance(value, str | date):
        raise ValueError("must be YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(written_out)]
_Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
_Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Opening(_Body):
    """period: what the set has one return for, such as 2026-q2."""

    set: _Code = "national"
    period: _Code
    as_of: Day


class Correction(_Body):
    reason: _Reason


class VersionSeen(_Body):
    version: int


@router.post("", status_code=201)
async def post_return(body: Opening, run: Commands) -> Json:
    made = await run(open_return, OpenReturn(body.set, body.period, body.as_of))
    about = {"return_id": made, "version": 1, "state": State.READING}
    return Json(about, 201, headers={"Location": f"/returns/{made}"})


@router.post("/{return_id}/corrections", status_code=201)
async def post_return_correction(return_id: UUID, body: Correction, run: Commands) -> Json:
    version = await run(correct_return, CorrectReturn(return_id, body.reason))
    return Json({"return_id": return_id, "version": version, "state": State.READING}, 201)


@router.post("/{return_id}/confirmations/{force_id}", status_code=201)
async def post_return_confirmation(
    return_id: UUID, force_id: str, body: VersionSeen, run: Commands
) -> Json:
    since = await run(confirm_return, ConfirmReturn(return_id, force_id, body.version))
    return Json({"return_id": return_id, "force_id": force_id, "from_version": since}, 201)


@router.post("/{return_id}/publication")
async def post_return_publication(return_id: UUID, body: VersionSeen, run: Commands) -> Json:
    await run(publish_return, PublishReturn(return_id, body.version))
    about = {"return_id": return_id, "version": body.version, "state": State.PUBLISHED}
    return Json(about)


@router.get("")
async def get_returns(query: Queries) -> Json:
    seeing = seeing_of(query.actor)
    async with query() as connection:
        found = await returns.all_returns(connection)
        items = [
            shown(each) for each in found if await _versions(connection, each.return_id, seeing)
        ]
    return Json({"items": items})


@router.get("/{return_id}")
async def get_return(return_id: UUID, query: Queries) -> Json:
    seeing = seeing_of(query.actor)
    async with query() as connection:
        found = await returns.return_of(connection, return_id)
        versions = await _versions(connection, return_id, seeing)
        if not versions:
            raise ReturnUnknown
        confirmations = await returns.confirmations_of(connection, return_id)
        told = []
        for each in versions:
            parts = await cuts.parts_of(connection, each.cut_id)
            told.append(shown_version(each, parts, confirmations, seeing))
    return Json(shown(found) | {"versions": told})


@router.get("/{return_id}/versions/{version}/differences")
async def get_return_differences(return_id: UUID, version: int, query: Queries) -> Json:
    """Figure by figure against the version before, as far as the reader sees both."""
    seeing = seeing_of(query.actor)
    async with query() as connection:
        made = await _version(connection, return_id, version, seeing)
        before = [e for e in await returns.versions_of(connection, return_id) if e.read_at]
        old = [each for each in before if each.version < version][-1:]
        was = await _figures(connection, old[0], seeing) if old else {}
        now = await _figures(connection, made, seeing)
        confirmations = await returns.confirmations_of(connection, return_id)
        told = []
        for each in (*old, made):
            parts = await cuts.parts_of(connection, each.cut_id)
            told.append(shown_version(each, parts, confirmations, seeing)["confirmed"])
    forces = [{one.force_id for one in each} for each in told]
    content: dict[str, Any] = {
        "return_id": return_id,
        "version": version,
        "against": old[0].version if old else None,
        "figures": [
            each
            for key, document in now.items()
            if key in was
            for each in differences(key[1], read(was[key]), read(document))
        ],
        "confirmed": sorted(forces[-1] - forces[0]) if old else sorted(forces[-1]),
        "no_longer_confirmed": sorted(forces[0] - forces[-1]),
    }
    return Json(content | ({"reason": made.reason} if seeing.national else {}))


@router.get("/{return_id}/versions/{version}/{figure}.json")
async def get_return_figure(return_id: UUID, version: int, figure: str, query: Queries) -> Json:
    seeing = seeing_of(query.actor)
    async with query() as connection:
        made = await _version(connection, return_id, version, seeing)
        found = await _figures(connection, made, seeing)
    if (seeing.documents, figure) not in found:
        raise ReturnUnknown
    return Json(read(found[seeing.documents, figure]))


async def _versions(connection: AsyncConnection, return_id: UUID, seeing: Seeing) -> list[Made]:
    found = await returns.versions_of(connection, return_id)
    return [each for each in found if seeing.sees(each)]


async def _version(
    connection: AsyncConnection, return_id: UUID, version: int, seeing: Seeing
) -> Made:
    for each in await _versions(connection, return_id, seeing):
        if each.version == version:
            if each.state is State.READING:
                raise StillReading(version=version)
            if each.state is State.FAILED:
                raise ReadingFailed(version=version)
            return each
    raise ReturnUnknown


async def _figures(connection: AsyncConnection, made: Made, seeing: Seeing) -> Figures:
    return await cuts.figures_of(connection, made.cut_id, seeing.documents)
