"""Portfolio on a real database: events delivered to it, and people who call its API."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from chassis.auth import Actor
from chassis.clock import new_id
from chassis.outbox import Cause
from chassis.testing.bus import envelope
from chassis.testing.service import ServiceUnderTest
from npp_contracts.event import Event
from portfolio.app import SERVICE

from . import given

CAUSE = Cause("test")
ADMIN = Actor("admin-1", frozenset({"national-admin"}), "national")
Numbered = tuple[Event, int]


@dataclass
class Person:
    """Somebody with a token."""

    client: httpx.AsyncClient
    headers: dict[str, str]

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.client.get(path, params=query, headers=self.headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, json=body, headers=self.headers | named)


class World(ServiceUnderTest):
    def __init__(self, url: str) -> None:
        super().__init__(SERVICE, url)

    def person(self, subject: object, *roles: str, force_id: str = "derbyshire") -> Person:
        claims = {"sub": str(subject), "roles": list(roles), "force_id": force_id}
        return Person(self.client, self.issuer.bearer(**claims))

    async def deliver(self, *events: Numbered) -> None:
        """One batch of events to each consumer group that wants any of them."""
        said = [envelope(event, sequence) for event, sequence in events]
        for flow in SERVICE.flows:
            await self.apply(flow, *said)

    async def portfolio_of(self, learner_id: UUID) -> Any:
        found = await self.rows(
            "SELECT * FROM portfolios WHERE learner_id = :learner", learner=learner_id
        )
        assert len(found) <= 1
        return found[0] if found else None

    async def published(self, portfolio_id: UUID) -> list[str]:
        """The short names of a portfolio's events, in their order, which must have no gaps."""
        sql = "SELECT type, sequence FROM event_log WHERE aggregateid = :key ORDER BY position"
        events = await self.rows(sql, key=str(portfolio_id))
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        return [event.type.split(".")[-2] for event in events]

    async def publish_framework(
        self, part: str = "NPP1", programme_id: str = "npp", version: int = 1
    ) -> httpx.Response:
        admin = self.person("admin-1", "national-admin", force_id="national")
        criteria = [{"code": code, "title": f"Shows {code}"} for code in given.CODES]
        body = {"code": f"{programme_id}-{part.lower()}", "version": version, "part": part}
        rest = {"programme_id": programme_id, "criteria": criteria}
        return await admin.post("/frameworks", body | rest)

    async def opened(self, programme_id: str = "npp", force_id: str = "derbyshire") -> Any:
        """A new learner's portfolio, opened by what arrived."""
        learner_id, enrolment_id = new_id(), new_id()
        event = given.enrolled(enrolment_id, learner_id, "NPP1", programme_id, force_id)
        await self.deliver((event, 1))
        return await self.portfolio_of(learner_id)
