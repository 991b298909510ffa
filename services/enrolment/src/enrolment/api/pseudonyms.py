"""Whom a force's pseudonyms stand for: told to that force about its own people, then and now."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from chassis.errors import Forbidden
from chassis.http import Queries
from chassis.pseudonyms import pseudonyms
from enrolment.api.bodies import Body
from enrolment.store.postings import postings_of

MAX_PSEUDONYMS: Final = 1_000
_MAY: Final = ("force-admin", "force-analyst")

router = APIRouter(prefix="/pseudonyms", tags=["pseudonyms"])


class TranslateBody(Body):
    pseudonyms: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MAX_PSEUDONYMS)]
    """Subjects or learner ids as the force's feed has them."""


class Translated(BaseModel):
    pseudonym: UUID
    learner_id: UUID
    collar_number: str
    """The last one that the person had in this force."""
    here: bool
    """Whether the person is in the force now."""


class Translation(BaseModel):
    items: list[Translated]
    unknown: list[UUID]
    """Those of nobody who is or was in this force."""


@router.post("/translate")
async def post_pseudonyms_translate(query: Queries, body: TranslateBody) -> Translation:
    """Computed for everybody whom the force has had: nothing is stored that could be stolen."""
    query.actor.require(*_MAY)
    if query.actor.national:
        raise Forbidden("a force translates its own pseudonyms")
    force_id, names = query.actor.force_id, pseudonyms()
    async with query() as connection:
        postings = await postings_of(connection, force_id)
    people = {names.of(force_id, each.learner_id): each for each in postings}
    asked = dict.fromkeys(body.pseudonyms)
    items = [
        Translated(
            pseudonym=each,
            learner_id=people[each].learner_id,
            collar_number=people[each].collar_number,
            here=people[each].valid_to is None,
        )
        for each in asked
        if each in people
    ]
    return Translation(items=items, unknown=[each for each in asked if each not in people])
