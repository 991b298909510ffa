"""Given these events, then these feeds: the gateway on a real database, and the API over it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
from typing import Any

import httpx

from chassis.testing.service import ServiceUnderTest
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from reporting.app import SERVICE
from reporting.feeds import FEEDS

from .world import Recorded

Document = dict[str, Any]


class FeedWorld(ServiceUnderTest):
    """reporting on a database of its own, filled by its feeds alone."""

    def __init__(self, url: str) -> None:
        super().__init__(SERVICE, url)
        self.recorded = Recorded()

    async def given(self, *events: Event) -> list[Envelope]:
        """These have been put on the feeds, in this order."""
        made = self.recorded.envelopes(events)
        for _, batch in groupby(made, key=lambda pair: pair[0].topic.name):
            await self.apply(FEEDS, *(envelope for _, envelope in batch))
        return [envelope for _, envelope in made]

    async def read(
        self,
        path: str,
        force_id: str = "kent",
        headers: dict[str, str] | None = None,
        **claims: Any,
    ) -> httpx.Response:
        who = {"roles": ["force-system"], "force_id": force_id} | claims
        return await self.client.get(path, headers=self.issuer.bearer(**who) | (headers or {}))

    async def events(self, feed: str = "kent", query: str = "", **claims: Any) -> list[Document]:
        """What the API answers, as who may ask."""
        force_id = "kent" if feed == "national" else feed
        answer = await self.read(f"/feeds/{feed}/events{query}", force_id, **claims)
        assert answer.status_code == 200, answer.text
        found: list[Document] = answer.json()
        return found

    async def forget(self) -> None:
        await self.run(
            "TRUNCATE feeds, feed_events, feed_days, feed_streams, feed_packages, feed_file_parts, "
            "webhook_endpoints, webhook_cursors, webhook_deliveries, force_erasures, erasures"
        )
        self.recorded = Recorded()


@dataclass
class Chained:
    """Works a feed's chain out by itself, as a force would."""

    feed: str
    value: str = field(init=False)

    def __post_init__(self) -> None:
        self.value = sha256(self.feed.encode()).hexdigest()

    def after(self, events: Sequence[Document]) -> str:
        for each in events:
            line = f"{self.value}\n{each['sequence']}\n{each['id']}\n{each['type']}"
            self.value = sha256(line.encode()).hexdigest()
        return self.value


def sequences(events: Sequence[Document]) -> list[int]:
    return [int(each["sequence"]) for each in events]


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.text)["code"]
