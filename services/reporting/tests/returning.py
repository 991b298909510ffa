"""Given what happened, live and on the topics: returns of it, frozen as its consumers would."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx

from chassis.testing.bus import Bus, joined
from npp_contracts.catalogue import TOPICS
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from npp_ops.testing import KafkaForTests
from reporting.api.returns.freezing import read_cuts

from .world import World

PUBLISHER: dict[str, Any] = {"roles": ["national-publisher"], "force_id": "national"}


def signoff(force_id: str) -> dict[str, Any]:
    return {"roles": ["force-signoff"], "force_id": force_id, "sub": f"signoff-{force_id}"}


class ReturnWorld(World):
    """reporting with a log to read: what happens is applied and lies on the topics."""

    bus: Bus
    servers: str

    async def happens(self, *events: Event, recorded: datetime | None = None) -> None:
        """Recorded a second apart, from `recorded` on if that is said."""
        if recorded is not None:
            self.recorded.begin(recorded)
        told = self.recorded.envelopes(events)
        await self.take(told)
        await self.bus.send(*(envelope for _, envelope in told))

    async def said(self, events: Sequence[Event]) -> list[Envelope]:
        """The envelopes alone: neither applied nor sent."""
        return [envelope for _, envelope in self.recorded.envelopes(events)]

    async def freeze(self) -> None:
        """What the consumers do within a second of being asked."""
        await read_cuts(self.system, self.servers)

    async def post(self, path: str, body: dict[str, Any], **claims: Any) -> httpx.Response:
        return await self.client.post(path, json=body, headers=self.bearer(**claims))

    async def opened(self, as_of: str, period: str = "2026-q2") -> str:
        """A return whose first version is frozen."""
        answer = await self.post("/returns", {"period": period, "as_of": as_of}, **PUBLISHER)
        assert answer.status_code == 201, answer.text
        await self.freeze()
        return str(answer.json()["return_id"])

    async def corrected(self, return_id: str, reason: str = "a denominator was revised") -> int:
        path = f"/returns/{return_id}/corrections"
        answer = await self.post(path, {"reason": reason}, **PUBLISHER)
        assert answer.status_code == 201, answer.text
        await self.freeze()
        return int(answer.json()["version"])

    async def confirm(self, return_id: str, force_id: str, version: int = 1) -> httpx.Response:
        path = f"/returns/{return_id}/confirmations/{force_id}"
        return await self.post(path, {"version": version}, **signoff(force_id))

    async def publish(self, return_id: str, version: int = 1) -> httpx.Response:
        path = f"/returns/{return_id}/publication"
        return await self.post(path, {"version": version}, **PUBLISHER)

    async def read(self, path: str, **claims: Any) -> dict[str, Any]:
        answer = await self.get(path, **claims)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def frozen(
        self, return_id: str, figure: str, version: int = 1, **claims: Any
    ) -> dict[str, Any]:
        return await self.read(f"/returns/{return_id}/versions/{version}/{figure}.json", **claims)


@asynccontextmanager
async def returning(url: str, kafka: KafkaForTests) -> AsyncIterator[ReturnWorld]:
    """A world on topics that hold nothing yet."""
    kafka.fresh({topic.name: topic.partitions for topic in TOPICS.values()})
    async with ReturnWorld(url) as world, joined(kafka.bootstrap_servers) as bus:
        world.bus, world.servers = bus, kafka.bootstrap_servers
        yield world
