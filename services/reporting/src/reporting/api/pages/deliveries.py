"""The page of a force's webhooks: how far each has come, and what stands in its way."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from chassis.http import Queries
from chassis.http.queries import QueryRunner
from reporting.api.pages.frame import Frame, Framed
from reporting.api.webhooks.access import check
from reporting.webhooks.queries import Row, deliveries_of, webhooks_of

LATEST: Final = 10
_NEWEST: Final = 2**63 - 1

router = APIRouter(include_in_schema=False)


@router.get("/deliveries")
async def get_deliveries_page(frame: Framed, query: Queries) -> Response:
    return await frame.answer(_deliveries(frame, query))


async def _deliveries(frame: Frame, query: QueryRunner) -> Response:
    check(query.actor)
    force_id, latest = query.actor.force_id, dict[str, list[Row]]()
    async with query() as connection:
        webhooks = await webhooks_of(connection, force_id)
        for each in webhooks:
            found = await deliveries_of(
                connection, force_id, each["id"], state=None, before=_NEWEST, rows=LATEST
            )
            latest[each["id"]] = list(found)
    return frame.page("deliveries.html", webhooks=webhooks, latest=latest, force_id=force_id)
