"""Given these events, then these figures: projections on a real database, and the API over it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import uuid4

import httpx

from chassis.signin import SignIn
from chassis.testing.issuer import ISSUER
from chassis.testing.service import ServiceUnderTest
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from reporting.app import SERVICE
from reporting.projections import PROJECTIONS
from reporting.store import metadata
from reporting.tallies.counting import count

START = datetime(2026, 6, 1, 9, tzinfo=UTC)


_COUNTED = "tally_touched, tally_facts, tally_cells, tally_versions, tallied_view, tally_state"


class Recorded:
    """Gives events their envelopes: the next sequence of their key, a second apart."""

    def __init__(self) -> None:
        self._sequences = Counter[tuple[str, str]]()
        self._at = START

    def envelopes(self, events: Sequence[Event]) -> list[tuple[Event, Envelope]]:
        return [(event, self._envelope(event)) for event in events]

    def begin(self, at: datetime) -> None:
        """The next one is recorded a second after this."""
        self._at = at

    def _envelope(self, event: Event) -> Envelope:
        key = event.topic.name, event.key
        self._sequences[key] += 1
        self._at += timedelta(seconds=1)
        sequence = self._sequences[key]
        return Envelope.of(event, id=uuid4(), time=self._at, sequence=sequence, correlationid="t")


class World(ServiceUnderTest):
    """reporting on a database of its own."""

    def __init__(self, url: str) -> None:
        super().__init__(SERVICE, url)
        self.recorded = Recorded()
        self.runtime.signin = SignIn(
            issuer=ISSUER,
            client_id="reporting",
            client_secret=None,
            public_url="https://reporting.test",
            secret="s" * 32,
            tokens=self.runtime.tokens,
            client=self.issuer.client(),
        )

    async def given(self, *events: Event) -> None:
        """Every projection has applied these, and figures count them."""
        await self.take(self.recorded.envelopes(events))

    async def take(self, recorded: Iterable[tuple[Event, Envelope]]) -> None:
        """Apply these topic by topic, each topic as one batch; then count."""
        by_topic = sorted(recorded, key=lambda pair: pair[0].topic.name)
        for _, batch in groupby(by_topic, key=lambda pair: pair[0].topic.name):
            await self.project(*(envelope for _, envelope in batch))
        await self.count()

    async def project(self, *batch: Envelope) -> None:
        """One batch of one topic, by every projection that listens to it; not counted yet."""
        for projection in PROJECTIONS:
            await self.apply(projection, *batch)

    async def count(self) -> None:
        """Count whoever was touched, as the worker does."""
        async with self.system.outside() as connection:
            await count(connection)

    async def figure(self, name: str, **claims: Any) -> dict[str, Any]:
        answer = await self.get(f"/figures/{name}.json", **claims)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def get(
        self, path: str, headers: dict[str, str] | None = None, **claims: Any
    ) -> httpx.Response:
        self.client.cookies.clear()  # each time somebody else's, who has chosen no language
        return await self.client.get(path, headers=self.bearer(**claims) | (headers or {}))

    def bearer(self, **claims: Any) -> dict[str, str]:
        return self.issuer.bearer(**(NATION | claims))

    async def forget(self) -> None:
        """Empty every read model."""
        names = ", ".join(metadata.tables)
        await self.run(f"TRUNCATE {names}, {_COUNTED}, disclosures, disclosures_past")
        self.recorded = Recorded()
        self.app.state._state.pop("answers", None)


NATION: dict[str, Any] = {"roles": ["national-admin"], "force_id": "national"}
ANALYST: dict[str, Any] = {"roles": ["national-analyst"], "force_id": "national"}


def force(force_id: str, *roles: str) -> dict[str, Any]:
    return {"roles": list(roles) or ["force-analyst"], "force_id": force_id}


def row(figure: dict[str, Any], **like: Any) -> dict[str, Any]:
    """The one row of a figure that has these values."""
    (found,) = [each for each in figure["rows"] if like.items() <= each.items()]
    return dict(found)
