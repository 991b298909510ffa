"""Routes of the national return."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from chassis.http import Commands, Json, Queries
from reporting.api.returns.seeing import seeing_of
from reporting.api.returns.telling import compared, documents, every_return, one_return
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
from reporting.domain.errors import ChoiceNotKept, ReturnUnknown
from reporting.domain.returns import State

router = APIRouter(prefix="/returns", tags=["returns"])


def written_out(value: object) -> object:
    """A date as text: a number would be read as seconds since 1970."""
    if not isinstance(value, str | date):
        raise ValueError("must be YYYY-MM-DD")
    return value


def kept_in_one_way(request: Request) -> None:
    """A choice that would be left out of account is refused; raises ChoiceNotKept."""
    for name in ("per", "by", "period", "version"):
        if name in request.query_params:
            raise ChoiceNotKept(field=name, rule="kept-in-one-way")


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
    async with query() as connection:
        return Json({"items": await every_return(connection, seeing_of(query.actor))})


@router.get("/{return_id}")
async def get_return(return_id: UUID, query: Queries) -> Json:
    async with query() as connection:
        return Json(await one_return(connection, return_id, seeing_of(query.actor)))


@router.get("/{return_id}/versions/{version}/differences")
async def get_return_differences(
    return_id: UUID, version: int, query: Queries, against: int | None = None
) -> Json:
    """Figure by figure against the version before of those in sight, or against an earlier one."""
    seeing = seeing_of(query.actor)
    async with query() as connection:
        return Json(await compared(connection, return_id, version, seeing, against))


@router.get(
    "/{return_id}/versions/{version}/{figure}.json", dependencies=[Depends(kept_in_one_way)]
)
async def get_return_figure(return_id: UUID, version: int, figure: str, query: Queries) -> Json:
    async with query() as connection:
        found = await documents(connection, return_id, version, seeing_of(query.actor))
    if figure not in found:
        raise ReturnUnknown
    return Json(found[figure])
