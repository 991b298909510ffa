"""What every service tells a data protection officer: what it holds, and what it erased."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from chassis.auth import Actor
from chassis.database import driver, driver_of
from chassis.errors import NotFound
from chassis.http import Commands, Queries
from chassis.operating.audit import Operator, note
from chassis.privacy import access
from chassis.privacy.access import Held, Kept, Receipt
from chassis.privacy.holdings import Holding
from chassis.work import Work
from npp_contracts.ids import Code

OFFICERS: Final = ("force-dpo", "national-dpo")
"""Data protection officers (UK GDPR Art. 37): no other role may see or do any of this."""


class ReceiptUnknown(NotFound):
    title = "Nothing was erased here about anybody of that id"


class Preview(BaseModel):
    items: list[Kept]


class Export(BaseModel):
    items: list[Held]


class Receipts(BaseModel):
    items: list[Receipt]


@dataclass(frozen=True, slots=True)
class _Ask:
    learner_id: UUID
    reference: str


def privacy_router(holdings: Sequence[Holding], until: Mapping[str, str]) -> APIRouter:
    """The routes; row-level security decides what a force's officer sees."""
    router = APIRouter(prefix="/privacy", tags=["privacy"])
    router.get("/erasures")(get_receipts)
    router.get("/erasures/{learner_id}")(get_receipt)
    _tell(router, holdings, until)
    return router


async def get_receipts(query: Queries) -> Receipts:
    """The erasures that were done here, the latest first, a thousand at most."""
    _officer(query.actor)
    async with query() as connection:
        return Receipts(items=await access.receipts(await driver_of(connection)))


async def get_receipt(query: Queries, learner_id: UUID) -> Receipt:
    """What was erased here of one learner."""
    _officer(query.actor)
    async with query() as connection:
        found = await access.receipts(await driver_of(connection), learner_id)
    if not found:
        raise ReceiptUnknown
    return found[0]


def _tell(router: APIRouter, holdings: Sequence[Holding], until: Mapping[str, str]) -> None:
    async def give(work: Work, ask: _Ask) -> list[Held]:
        connection = await driver(work.session)
        found = await access.export(connection, holdings, until, ask.learner_id)
        rows = {each.name: len(each.rows) for each in found if each.rows}
        by = Operator(work.actor.subject, ask.reference)
        await note(connection, by, "subject-access", str(ask.learner_id), rows=rows)
        return found

    @router.get("/people/{learner_id}")
    async def get_preview(query: Queries, learner_id: UUID) -> Preview:
        """How much is held about a learner, and what an erasure would do to it."""
        _officer(query.actor)
        async with query() as connection:
            under = await driver_of(connection)
            return Preview(items=await access.preview(under, holdings, learner_id))

    # A GET, so that no Idempotency-Key can have the answer kept; the record of it is written.
    @router.get("/people/{learner_id}/export")
    async def get_export(
        run: Commands, learner_id: UUID, reference: Annotated[Code, Query()], response: Response
    ) -> Export:
        """All that is held about a learner. reference: of the request, kept with who asked."""
        _officer(run.actor)
        response.headers["Cache-Control"] = "no-store"
        return Export(items=await run(give, _Ask(learner_id, reference)))


def _officer(actor: Actor) -> None:
    actor.require(*OFFICERS)
