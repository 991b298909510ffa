"""`POST /webhooks/{id}/ping`: one event that says nothing, at once, and what came of it."""

from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.clock import new_id, now
from chassis.http import Json
from chassis.http.runtime import runtime_of
from reporting.api.webhooks.access import Sees
from reporting.settings import webhook_settings
from reporting.webhooks.endpoints import WebhookUnknown
from reporting.webhooks.pings import count_ping
from reporting.webhooks.queue import endpoint_of
from reporting.webhooks.sender import Sender
from reporting.webhooks.signing import Signing
from reporting.webhooks.turn import attempted

PING = "npp.reporting.webhook-pinged"
"""In no feed and no contract: whoever gets one has only to answer."""

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


@router.post("/{webhook_id}/ping")
async def post_webhook_ping(request: Request, webhook_id: UUID, query: Sees) -> Response:
    """Also of a disabled one, so that it can be tried before it is enabled."""
    force_id, at = query.actor.force_id, now()
    # Not a command: its transaction could stay open until the other side has answered.
    async with runtime_of(request).database.connection(force_id) as connection:
        endpoint = await endpoint_of(connection, webhook_id, force_id)
        if endpoint is None:
            raise WebhookUnknown
        await count_ping(connection, force_id, webhook_id, at)
    settings, event_id = webhook_settings(), new_id()
    said = {
        "specversion": "1.0",
        "id": str(event_id),
        "type": PING,
        "source": "/npp/reporting",
        "time": at,
        "forceid": endpoint.force_id,
        "data": {},
    }
    signing, body = Signing(settings.secrets), msgspec.json.encode(said)
    async with Sender(settings) as sender:
        attempt = await attempted(sender, signing, endpoint, str(event_id), body)
    found = {"outcome": attempt.outcome, "status": attempt.status, "seconds": attempt.seconds}
    return Json({"event_id": event_id, "accepted": attempt.accepted} | found)
