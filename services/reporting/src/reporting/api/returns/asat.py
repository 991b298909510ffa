"""Routes of figures as they were known at a moment, or as is known now about a day."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.http import Commands, Json, Queries
from reporting.api.answers import check
from reporting.api.figures import FIGURES
from reporting.api.figures.reader import Choices, Document
from reporting.api.returns.choosing import kept_as, said_of
from reporting.api.returns.figures import read
from reporting.api.returns.routes import Day, written_out
from reporting.api.returns.seeing import seeing_of
from reporting.api.routes import Chosen
from reporting.commands.returns import AS_AT, AskAsAt, ask_as_at
from reporting.domain.errors import (
    ChoiceNotKept,
    CutUnknown,
    FigureNotInSet,
    ReadingFailed,
    StillReading,
)
from reporting.domain.returns import SETS, State
from reporting.store import cuts

router = APIRouter(prefix="/as-at", tags=["returns"])


class Question(BaseModel):
    """Two times that a figure depends on, and which figures.

    known_at: what had been recorded by then; none is now. about: what had happened by the end of
    that day; none is no such limit. figures: none are all that a return has.
    Each is kept in every choice that it can be asked for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    known_at: Annotated[AwareDatetime, BeforeValidator(written_out)] | None = None
    about: Day | None = None
    figures: Annotated[list[str], Field(max_length=len(FIGURES))] = []


@router.post("", status_code=202)
async def post_as_at(body: Question, run: Commands) -> Json:
    unknown = set(body.figures) - set(SETS["national"].figures)
    if unknown:
        raise FigureNotInSet(field="figures", rule="known-figure", known=SETS["national"].figures)
    asked = AskAsAt(body.known_at, body.about, sorted(set(body.figures)))
    made = await run(ask_as_at, asked)
    about = {"cut_id": made, "state": State.READING}
    return Json(about, 202, headers={"Location": f"/as-at/{made}"})


@router.get("/{cut_id}")
async def get_as_at(cut_id: UUID, query: Queries) -> Json:
    query.actor.require(*AS_AT)
    async with query() as connection:
        found = await cuts.cut_of(connection, cut_id)
    return Json(
        {
            "cut_id": cut_id,
            "state": found.state,
            "known_at": found.cut.known_at,
            "about": found.cut.about,
            "figures": found.figures,
            "read_at": found.read_at,
            "not_applied": found.not_applied,
            "problem": found.problem,
        }
    )


@router.get("/{cut_id}/{figure}.json")
async def get_as_at_figure(cut_id: UUID, figure: str, query: Queries, choices: Chosen) -> Json:
    """The figure as of the cut, with the choices of the live one."""
    query.actor.require(*AS_AT)
    seeing = seeing_of(query.actor)
    check(figure, seeing.sight, choices)
    async with query() as connection:
        asked = await cuts.cut_of(connection, cut_id)
        if asked.state is State.READING:
            raise StillReading
        if asked.state is State.FAILED:
            raise ReadingFailed
        return Json(await _kept(connection, cut_id, seeing.documents, figure, choices))


async def _kept(
    connection: AsyncConnection, cut_id: UUID, sight: str, figure: str, choices: Choices
) -> Document:
    found = await cuts.figure_of(connection, cut_id, sight, figure)
    if found is None:
        raise CutUnknown
    unasked = read(found)
    if choices.version == unasked["version"]:
        choices = replace(choices, version=None)
    said = said_of(figure, choices)
    if not said:
        return unasked
    found = await cuts.figure_of(connection, cut_id, sight, kept_as(figure, choices))
    if found is None:
        raise ChoiceNotKept(field=next(iter(said)), rule="kept-in-one-way")
    return read(found)
