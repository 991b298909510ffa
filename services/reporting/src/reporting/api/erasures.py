"""Erasures that a force owes of its own copies: seen and confirmed by itself, under pseudonyms."""

from dataclasses import asdict
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from chassis.clock import now
from chassis.http import Commands, Json, Queries
from chassis.privacy.routes import OFFICERS
from chassis.pseudonyms import pseudonyms
from reporting.commands.erasures import ConfirmErasures, confirm_erasures, expect_confirmer
from reporting.domain.erasures import ErasureUnknown, Told
from reporting.store import erasures

router = APIRouter(tags=["erasures"])


def shown(told: Told) -> dict[str, Any]:
    return asdict(told) | {"overdue": told.overdue(now().date())}


@router.get("/erasures")
async def get_erasures(
    query: Queries,
    state: Annotated[Literal["due", "confirmed"], Query(description="which of them")] = "due",
) -> Json:
    """Of the caller's force, the first due or the latest confirmed first; 1,000 at most."""
    expect_confirmer(query.actor)
    async with query() as connection:
        found = await erasures.told_to(
            connection, query.actor.force_id, confirmed=state == "confirmed"
        )
    return Json({"items": [shown(each) for each in found]})


@router.post("/erasures/{pseudonym}/confirmation", status_code=201)
async def post_erasure_confirmation(pseudonym: str, run: Commands) -> Json:
    """The force has erased what it had about the holder of its pseudonym."""
    expect_confirmer(run.actor)
    try:
        wanted = UUID(pseudonym)
    except ValueError as malformed:
        raise ErasureUnknown(field="pseudonym") from malformed
    (told,) = await run(confirm_erasures, ConfirmErasures([wanted]))
    return Json(shown(told), 201)


@router.get("/privacy/forces")
async def get_force_receipts(query: Queries) -> Json:
    """What forces have confirmed, by learner, for data protection officers; a force's its own."""
    query.actor.require(*OFFICERS)
    own = None if query.actor.national else query.actor.force_id
    names = pseudonyms()
    async with query() as connection:
        asked = await erasures.asked_of(connection, own)
        pairs = [
            (each, force_id, names.of(force_id, each.learner_id))
            for each in asked
            for force_id in each.force_ids
            if own in (None, force_id)
        ]
        said = await erasures.said_of(connection, [(force, name) for _, force, name in pairs])
    items = [
        {
            "learner_id": each.learner_id,
            "force_id": force_id,
            "due_on": each.due_on,
            "told": (force_id, name) in said,
            "confirmed_at": said.get((force_id, name)),
        }
        for each, force_id, name in pairs
    ]
    return Json({"items": items})
