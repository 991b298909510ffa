"""`GET /webhooks/{id}/jwks.json`: with which keys a webhook is signed, for whoever asks."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from chassis.http import Json
from reporting.settings import webhook_settings
from reporting.webhooks.signing import Signing

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


@router.get("/{webhook_id}/jwks.json")
async def get_webhook_jwks(webhook_id: UUID) -> Response:
    """Worked out, not looked up: so it says of no id whether there is such a webhook."""
    keys = Signing(webhook_settings().secrets).jwks(webhook_id)
    return Json(keys, headers={"Cache-Control": "public, max-age=300"})
