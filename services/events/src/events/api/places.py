"""Routes of places and of the register."""

from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import ColumnElement

from chassis.auth import Actor
from chassis.errors import NotFound
from chassis.http import Commands, Cursor, IfMatch, Queries, etag, page
from chassis.http.pages import CursorMalformed
from chassis.http.queries import QueryRunner
from events.api.bodies import PlaceCancellationBody, PlacesBody, RegisterBody
from events.api.views import BookedPlace, PlacePage, PlaceView, RegisterView
from events.commands import (
    BookPlaces,
    CancelPlace,
    RecordRegister,
    book_places,
    cancel_place,
    record_register,
)
from events.domain.place import PlaceState
from events.domain.register import Entry
from events.store import place_list, places, session_row

router = APIRouter(tags=["places"])

READERS = ("force-admin", "force-analyst", "line-manager", "national-admin", "national-analyst")


@router.post("/sessions/{session_id}/places", status_code=201)
async def post_places(session_id: UUID, body: PlacesBody, run: Commands) -> list[BookedPlace]:
    bookings = await run(book_places, BookPlaces(session_id, body.learner_ids))
    return [
        BookedPlace.model_validate(vars(each.place) | {"overlaps": each.overlaps})
        for each in bookings
    ]


@router.get("/sessions/{session_id}/places")
async def get_places_of_session(
    session_id: UUID, query: Queries, cursor: Cursor, state: PlaceState | None = None
) -> PlacePage:
    async with query() as connection:
        if await session_row(connection, query.actor, session_id) is None:
            raise NotFound("no such session", field="session_id")
    return await _listed(query, cursor, {"session_id": session_id, "state": state})


@router.get("/places")
async def get_places(
    query: Queries,
    cursor: Cursor,
    learner_id: UUID | None = None,
    state: PlaceState | None = None,
) -> PlacePage:
    return await _listed(query, cursor, {"learner_id": learner_id, "state": state})


@router.get("/places/{place_id}")
async def get_place(place_id: UUID, query: Queries, response: Response) -> PlaceView:
    wanted = [places.c.place_id == place_id, *_own_only(query.actor)]
    async with query() as connection:
        rows = await place_list(connection, query.actor, wanted, None, 1)
    if not rows:
        raise NotFound("no such place", field="place_id")
    response.headers["ETag"] = etag(rows[0]["version"])
    return PlaceView.model_validate(dict(rows[0]))


@router.post("/places/{place_id}/cancel")
async def post_place_cancellation(
    place_id: UUID,
    run: Commands,
    version: IfMatch,
    response: Response,
    body: PlaceCancellationBody | None = None,
) -> PlaceView:
    place = await run(cancel_place, CancelPlace(place_id, body.by if body else None, version))
    response.headers["ETag"] = etag(place.version)
    return PlaceView.model_validate(place)


@router.post("/sessions/{session_id}/register")
async def post_register(session_id: UUID, body: RegisterBody, run: Commands) -> RegisterView:
    entries = [Entry(**dict(entry)) for entry in body.entries]
    recorded = await run(record_register, RecordRegister(session_id, entries))
    return RegisterView(recorded=recorded, unchanged=len(entries) - recorded)


async def _listed(query: QueryRunner, cursor: Cursor, equal: dict[str, object]) -> PlacePage:
    column = places.c
    wanted = [column[name] == value for name, value in equal.items() if value is not None]
    wanted += [column.updated_at >= cursor.updated_since] if cursor.updated_since else []
    wanted += _own_only(query.actor)
    async with query() as connection:
        rows = await place_list(connection, query.actor, wanted, _after(cursor.after), cursor.rows)
    return PlacePage.model_validate(page(rows, cursor.limit, ("place_id",)))


def _after(key: tuple[str, ...]) -> UUID | None:
    if not key:
        return None
    try:
        (place_id,) = key
        return UUID(place_id)
    except ValueError as error:
        raise CursorMalformed(field="cursor") from error


def _own_only(actor: Actor) -> list[ColumnElement[bool]]:
    if not actor.roles.isdisjoint(READERS):
        return []
    own = learner_of(actor)
    return [places.c.learner_id == own if own else places.c.learner_id.is_(None)]


def learner_of(actor: Actor) -> UUID | None:
    try:
        return UUID(actor.subject)
    except ValueError:
        return None
