"""A service's privacy as data, and what follows from it: routes, a flow, chores."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import now
from chassis.consumer import Flow
from chassis.database import Driver, driver, driver_of
from chassis.errors import Invalid
from chassis.privacy import retention
from chassis.privacy.erasing import erase, give_receipt
from chassis.privacy.holdings import CHASSIS_IMPERSONAL, Holding, Impersonal
from chassis.privacy.routes import privacy_router
from chassis.telemetry import RETENTION_DUE
from chassis.work import Work
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event

_HOLD: Final = "INSERT INTO holds (learner_id, since) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_LIFT: Final = "DELETE FROM holds WHERE learner_id = $1"
_ERASED: Final = text("SELECT array_agg(learner_id) FROM erasures")


class UnknownRule(Invalid):
    title = "RETENTION_DAYS names a rule that the service does not have"


@dataclass(frozen=True)
class Privacy:
    """What a service holds about learners, what it holds besides, and how long.

    holdings: in the order in which they are erased. impersonal: every other table. A test
    compares both with the tables that there are, column by column.
    """

    service: str
    holdings: Sequence[Holding]
    impersonal: Sequence[Impersonal] = ()
    rules: retention.Rules = field(default_factory=lambda: retention.Rules(version="none"))

    @property
    def others(self) -> Sequence[Impersonal]:
        """All tables without anything about learners, the chassis's included."""
        return (*CHASSIS_IMPERSONAL, *self.impersonal)

    @property
    def tables(self) -> set[str]:
        """Every table that is spoken of."""
        return {each.table for each in self.holdings} | {each.table for each in self.others}

    @property
    def until(self) -> dict[str, str]:
        """How long each holding is kept, in words."""
        return {each.name: self._until(each) for each in self.holdings}

    @cached_property
    def router(self) -> APIRouter:
        """Preview, export and receipts over HTTP."""
        return privacy_router(self.holdings, self.until)

    @property
    def chores(self) -> Sequence[Any]:
        return (self.sweep, self.keep_rules)

    def settle(self) -> None:
        """Read the controller's settings; raises UnknownRule for a period of no rule."""
        unknown = retention.retention_settings().days.keys() - self.rules.rules.keys()
        if unknown:
            raise UnknownRule(
                ", ".join(sorted(unknown)), field="RETENTION_DAYS", known=sorted(self.rules.rules)
            )

    def flow(self, erased: type[Event], placed: type[Event], lifted: type[Event]) -> Flow:
        """The consumer group that does what enrolment announces; the events have a learner_id."""
        on = {placed: _hold, lifted: _lift, erased: self._erase}
        return Flow(f"{self.service}.privacy", on)

    async def erase_now(self, connection: Driver, learner_id: UUID) -> dict[str, int]:
        """Erase in the caller's transaction; rows by holding."""
        return await erase(connection, self.holdings, [learner_id])

    async def sweep(self, connection: AsyncConnection) -> None:
        """Erase again, hourly: what came late about somebody who is gone does not stay."""
        learner_ids = (await connection.execute(_ERASED)).scalar()
        if learner_ids:
            await erase(await driver_of(connection), self.holdings, learner_ids, again=True)

    async def keep_rules(self, connection: AsyncConnection) -> None:
        """Hourly: dispose by the rules that the controller has adopted, else count what is due."""
        under = await driver_of(connection)
        if retention.retention_settings().adopted == self.rules.version:
            await retention.dispose(under, self.holdings, self.rules, now())
        for each in await retention.due(under, self.holdings, self.rules, now()):
            RETENTION_DUE.labels(each.rule).set(each.rows)

    async def _erase(self, work: Work, event: Any, meta: Envelope) -> None:
        connection = await driver(work.session)
        rows = await self.erase_now(connection, event.learner_id)
        await give_receipt(connection, event.learner_id, event.force_id, event.due_on, rows)

    def _until(self, holding: Holding) -> str:
        if holding.since is None or holding.name not in self.rules.rules:
            return holding.until
        days, ground = retention.days_of(self.rules, holding.name), self.rules.rules[holding.name]
        return f"{days} days ({ground.ground})"


async def _hold(work: Work, event: Any, meta: Envelope) -> None:
    connection = await driver(work.session)
    await connection.execute(_HOLD, event.learner_id, meta.time)


async def _lift(work: Work, event: Any, meta: Envelope) -> None:
    connection = await driver(work.session)
    await connection.execute(_LIFT, event.learner_id)
