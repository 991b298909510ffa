"""Creating, showing and changing webhooks."""

from typing import Any
from uuid import UUID

import structlog
from fastapi import APIRouter
from starlette.responses import Response

from chassis.http import IfMatch, Json, etag
from reporting.api.webhooks.access import Manages, Sees
from reporting.api.webhooks.bodies import (
    ChangeBody,
    RotateBody,
    WebhookBody,
    shown,
    types_of,
    url_of,
)
from reporting.webhooks.deleting import DeleteWebhook, delete_webhook
from reporting.webhooks.endpoints import (
    ChangeWebhook,
    CreateWebhook,
    NoSharedSecret,
    RotateSecret,
    WebhookUnknown,
    change_webhook,
    create_webhook,
    disable_webhook,
    enable_webhook,
    rotate_secret,
)
from reporting.webhooks.queries import sealed_secret_of, webhook_of, webhooks_of
from reporting.webhooks.secrets import opened
from reporting.webhooks.signing import written

router = APIRouter(prefix="/webhooks", tags=["webhooks"])
log = structlog.get_logger(__name__)


@router.post("", status_code=201)
async def post_webhook(body: WebhookBody, run: Manages) -> Response:
    wanted = CreateWebhook(url_of(body.url), types_of(body.types), body.note, body.hmac)
    made = await run(create_webhook, wanted)
    return _answer(made, 201, {"Location": f"/webhooks/{made['id']}"})


@router.get("")
async def get_webhooks(query: Sees) -> Response:
    async with query() as connection:
        found = await webhooks_of(connection, query.actor.force_id)
    return Json({"items": [shown(each) for each in found]})


@router.get("/{webhook_id}")
async def get_webhook(webhook_id: UUID, query: Sees) -> Response:
    async with query() as connection:
        found = await webhook_of(connection, query.actor.force_id, webhook_id)
    if found is None:
        raise WebhookUnknown
    return _answer(found)


@router.patch("/{webhook_id}")
async def patch_webhook(
    webhook_id: UUID, body: ChangeBody, run: Manages, version: IfMatch
) -> Response:
    return _answer(await run(change_webhook, ChangeWebhook(webhook_id, version, body.changed())))


@router.delete("/{webhook_id}", status_code=204)
async def delete_webhook_for_good(webhook_id: UUID, run: Manages, version: IfMatch) -> Response:
    await run(delete_webhook, DeleteWebhook(webhook_id, version))
    log.info("webhook-deleted", webhook=str(webhook_id), by=run.actor.subject)
    return Response(status_code=204)


@router.post("/{webhook_id}/disable")
async def post_webhook_disable(webhook_id: UUID, run: Manages) -> Response:
    return _answer(await run(disable_webhook, webhook_id))


@router.post("/{webhook_id}/enable")
async def post_webhook_enable(webhook_id: UUID, run: Manages) -> Response:
    return _answer(await run(enable_webhook, webhook_id))


@router.post("/{webhook_id}/rotate")
async def post_webhook_rotate(webhook_id: UUID, body: RotateBody, run: Manages) -> Response:
    return _answer(await run(rotate_secret, RotateSecret(webhook_id, body.overlap)))


@router.get("/{webhook_id}/secret")
async def get_webhook_secret(webhook_id: UUID, query: Sees) -> Response:
    """The shared secret: in no other answer, since those to POST are kept for their key."""
    async with query() as connection:
        found = await webhook_of(connection, query.actor.force_id, webhook_id)
        sealed = await sealed_secret_of(connection, query.actor.force_id, webhook_id)
    if found is None:
        raise WebhookUnknown
    if sealed is None:
        raise NoSharedSecret
    secret = written(opened(webhook_id, sealed))
    return Json({"secret": secret}, headers={"Cache-Control": "no-store"})


def _answer(
    row: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    tag = {"ETag": etag(row["version"]), "Cache-Control": "private, no-cache"}
    return Json(shown(row), status, tag | (headers or {}))
