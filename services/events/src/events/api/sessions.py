"""Routes of sessions."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response

from chassis.errors import NotFound
from chassis.http import Commands, Cursor, IfMatch, Queries, etag, page
from chassis.http.pages import CursorMalformed
from events.api.bodies import SessionBody, SessionCancellationBody, SessionChanges
from events.api.views import SessionPage, SessionView
from events.commands import (
    CancelSession,
    ChangeSession,
    ScheduleSession,
    cancel_session,
    change_session,
    schedule_session,
)
from events.domain.session import Changes, Session, SessionState
from events.store import session_list, session_row, sessions
from npp_contracts.codes import SessionKind
from npp_contracts.ids import Instant

router = APIRouter(tags=["sessions"])


def shown(session: Session, response: Response) -> SessionView:
    response.headers["ETag"] = etag(session.version)
    return SessionView.model_validate(session)


@router.post("/sessions", status_code=201)
async def post_session(body: SessionBody, run: Commands, response: Response) -> SessionView:
    session = await run(schedule_session, ScheduleSession(**dict(body)))
    response.headers["Location"] = f"/sessions/{session.session_id}"
    return shown(session, response)


@router.get("/sessions")
async def get_sessions(
    query: Queries,
    cursor: Cursor,
    *,
    kind: SessionKind | None = None,
    state: SessionState | None = None,
    module: str | None = None,
    force_id: str | None = None,
    starts_from: Instant | None = None,
    starts_before: Instant | None = None,
) -> SessionPage:
    column = sessions.c
    equal = {"kind": kind, "state": state, "module": module, "force_id": force_id}
    wanted = [column[name] == value for name, value in equal.items() if value is not None]
    wanted += [column.starts_at >= starts_from] if starts_from else []
    wanted += [column.starts_at < starts_before] if starts_before else []
    wanted += [column.updated_at >= cursor.updated_since] if cursor.updated_since else []
    async with query() as connection:
        rows = await session_list(
            connection, query.actor, wanted, _after(cursor.after), cursor.rows
        )
    found = page(rows, cursor.limit, ("starts_at", "session_id"))
    return SessionPage.model_validate(found)


def _after(key: tuple[str, ...]) -> tuple[datetime, UUID] | None:
    if not key:
        return None
    try:
        starts_at, session_id = key
        return datetime.fromisoformat(starts_at), UUID(session_id)
    except ValueError as error:
        raise CursorMalformed(field="cursor") from error


@router.get("/sessions/{session_id}")
async def get_session(session_id: UUID, query: Queries, response: Response) -> SessionView:
    async with query() as connection:
        row = await session_row(connection, query.actor, session_id)
    if row is None:
        raise NotFound("no such session", field="session_id")
    response.headers["ETag"] = etag(row["version"])
    return SessionView.model_validate(dict(row))


@router.patch("/sessions/{session_id}")
async def patch_session(
    session_id: UUID, body: SessionChanges, run: Commands, version: IfMatch, response: Response
) -> SessionView:
    changes = Changes(body.title, body.starts_at, body.ends_at, body.capacity)
    links = body.model_dump(include={"venue", "join_url", "recording_url"}, exclude_unset=True)
    session = await run(change_session, ChangeSession(session_id, changes, links, version))
    return shown(session, response)


@router.post("/sessions/{session_id}/cancel")
async def post_cancellation(
    session_id: UUID,
    body: SessionCancellationBody,
    run: Commands,
    version: IfMatch,
    response: Response,
) -> SessionView:
    session = await run(cancel_session, CancelSession(session_id, body.reason, version))
    return shown(session, response)
