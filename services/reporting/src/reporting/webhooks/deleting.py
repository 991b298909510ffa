"""Deleting a webhook: nothing of it stays."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from chassis.work import Work
from reporting.webhooks.endpoints import check_version, locked

_OF_IT: Final = (
    text("DELETE FROM webhook_deliveries WHERE endpoint_id = :id AND force_id = :force"),
    text("DELETE FROM webhook_cursors WHERE endpoint_id = :id AND force_id = :force"),
    text("DELETE FROM webhook_endpoints WHERE id = :id AND force_id = :force"),
)


@dataclass(frozen=True, slots=True)
class DeleteWebhook:
    """version: the one that was looked at, None for whichever it has."""

    id: UUID
    version: int | None


async def delete_webhook(work: Work, command: DeleteWebhook) -> None:
    """What waits goes, its log, its place in the feed and its secret.

    Nothing is sent any more but what is on its way. Whoever sends that finds no row to note it in.
    """
    check_version(await locked(work, command.id), command.version)
    for each in _OF_IT:
        await work.session.execute(each, {"id": command.id, "force": work.actor.force_id})
