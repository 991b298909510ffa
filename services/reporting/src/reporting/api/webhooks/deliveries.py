"""What became of each event, and sending some of them once more."""

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from chassis.http import Cursor, Json, page
from chassis.http.pages import CursorMalformed
from reporting.api.webhooks.access import Manages, Sees
from reporting.api.webhooks.bodies import ReplayBody
from reporting.webhooks.endpoints import Replay, WebhookUnknown, replay
from reporting.webhooks.queries import deliveries_of, webhook_of

_NEWEST: Final = str(2**63 - 1)

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


@router.get("/{webhook_id}/deliveries")
async def get_webhook_deliveries(
    webhook_id: UUID,
    query: Sees,
    cursor: Cursor,
    state: Annotated[Literal["waiting", "delivered", "given-up"] | None, Query()] = None,
) -> Response:
    """The latest first."""
    (after,) = cursor.after_or(_NEWEST)
    if not after.isdecimal():
        raise CursorMalformed(field="cursor")
    force_id = query.actor.force_id
    async with query() as connection:
        if await webhook_of(connection, force_id, webhook_id) is None:
            raise WebhookUnknown
        found = await deliveries_of(
            connection,
            force_id,
            webhook_id,
            state=state,
            before=int(after),
            rows=cursor.rows,
        )
    return Json(page(found, cursor.limit, ("ticket",)))


@router.post("/{webhook_id}/replay", status_code=202)
async def post_webhook_replay(webhook_id: UUID, body: ReplayBody, run: Manages) -> Response:
    """Each comes with the id that it had, behind what waits already."""
    events = await run(replay, Replay(webhook_id, body.since, body.until))
    return Json({"events": events}, 202)
