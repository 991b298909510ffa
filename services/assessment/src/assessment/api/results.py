"""Routes of results: release, absences, and the list of what is official."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import Select, select

from assessment.api.attempts import READERS, learner_of
from assessment.api.views import AttemptView, Page, Released, ResultView
from assessment.commands.results import (
    RecordAbsence,
    ReleaseResults,
    record_absence,
    release_results,
)
from assessment.store.attempts import from_row
from assessment.store.tables import attempts
from chassis.auth import Actor
from chassis.http import Commands, Cursor, Queries, etag, page
from chassis.http.pages import CursorMalformed, Position
from npp_contracts.codes import Occasion
from npp_contracts.ids import BlueprintCode

NIL: Final = str(UUID(int=0))

router = APIRouter(tags=["results"])


@router.post("/releases", status_code=201)
async def release(body: ReleaseResults, run: Commands) -> Released:
    released, last = 0, False
    while not last:
        # Each chunk commits alone; with an Idempotency-Key all of them commit with the answer.
        chunk = await run(release_results, body)
        released, last = released + chunk.released, chunk.last
    return Released(released=released)


@router.post("/absences", status_code=201)
async def absent(body: RecordAbsence, run: Commands, response: Response) -> AttemptView:
    view = AttemptView.of(await run(record_absence, body))
    response.headers["ETag"] = etag(view.version)
    return view


@router.get("/results")
async def results(
    query: Queries,
    cursor: Cursor,
    learner_id: UUID | None = None,
    blueprint: Annotated[BlueprintCode | None, Query()] = None,
    occasion: Occasion | None = None,
) -> Page:
    query.actor.require("candidate", *READERS)
    given = {"learner_id": learner_id, "blueprint": blueprint, "occasion": occasion}
    wanted = _in_sight(query.actor, _beyond(cursor))
    for name, value in given.items():
        if value is not None:
            wanted = wanted.where(attempts.c[name] == value)
    async with query() as connection:
        rows = (await connection.execute(wanted)).mappings().all()
    shown = page([ResultView.fields(from_row(row)) for row in rows], cursor.limit, _KEY)
    return Page.model_validate(shown)


_KEY: Final = ("attempt_id",)


def _beyond(cursor: Position) -> Select[Any]:
    (after,) = cursor.after_or(NIL)
    try:
        start = UUID(after)
    except ValueError as error:
        raise CursorMalformed(field="cursor") from error
    official = select(attempts).where(
        attempts.c.released_at.is_not(None), attempts.c.attempt_id > start
    )
    if cursor.updated_since is not None:
        official = official.where(attempts.c.released_at >= cursor.updated_since)
    return official.order_by(attempts.c.attempt_id).limit(cursor.rows)


def _in_sight(actor: Actor, wanted: Select[Any]) -> Select[Any]:
    if not actor.national:
        wanted = wanted.where(attempts.c.force_id == actor.force_id)
    if actor.roles.isdisjoint(READERS):
        wanted = wanted.where(attempts.c.learner_id == learner_of(actor))
    return wanted
