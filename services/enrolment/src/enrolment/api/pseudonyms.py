"""Whom a force's pseudonyms stand for: told to that force about the people it has."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from chassis.errors import Forbidden
from chassis.http import Queries
from chassis.pseudonyms import pseudonyms
from enrolment.api.bodies import Body
from enrolment.store.postings import holders_in

MAX_PSEUDONYMS: Final = 1_000
_MAY: Final = ("force-admin", "force-analyst")

router = APIRouter(prefix="/pseudonyms", tags=["pseudonyms"])


class TranslateBody(Body):
    pseudonyms: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MAX_PSEUDONYMS)]
    """Subjects or learner ids as the force's feed has them."""


class Translated(BaseModel):
    pseudonym: UUID
    collar_number: str
    """By which the force's own records find the person. An id that other forces have too would
    join what each has noted beside its pseudonyms."""


class Translation(BaseModel):
    items: list[Translated]
    unknown: list[UUID]
    """Those of nobody who is in this force now."""


@router.post("/translate")
async def post_pseudonyms_translate(query: Queries, body: TranslateBody) -> Translation:
    """Computed for everybody whom the force has: nothing is stored that could be stolen."""
    query.actor.require(*_MAY)
    if query.actor.national:
        raise Forbidden("a force translates its own pseudonyms")
    force_id, names = query.actor.force_id, pseudonyms()
    async with query() as connection:
        held = await holders_in(connection, force_id)
    people = {names.of(force_id, learner_id): number for learner_id, number in held}
    asked = dict.fromkeys(body.pseudonyms)
    items = [
        Translated(pseudonym=each, collar_number=people[each]) for each in asked if each in people
    ]
    return Translation(items=items, unknown=[each for each in asked if each not in people])
