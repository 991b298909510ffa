"""The service on a real PostgreSQL, as its callers and its neighbours meet it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from chassis.clock import new_id
from chassis.testing.bus import envelope
from chassis.testing.service import ServiceUnderTest
from events.app import SERVICE
from npp_contracts.codes import Rank, WorkerType
from npp_contracts.enrolment import LearnerRegistered, LearnerTransferred
from npp_contracts.event import Event
from npp_contracts.ids import LearnerId

DERBYSHIRE = {"force_id": "derbyshire", "roles": ["force-admin"]}
KENT = {"force_id": "kent", "roles": ["force-admin"]}
NATION = {"force_id": "national", "roles": ["national-admin"]}


def candidate(learner_id: UUID, force_id: str = "derbyshire") -> dict[str, Any]:
    return {"force_id": force_id, "roles": ["candidate"], "sub": str(learner_id)}


def registered(learner_id: UUID, force_id: str) -> LearnerRegistered:
    return LearnerRegistered(
        force_id=force_id,
        learner_id=LearnerId(learner_id),
        worker_type=WorkerType.POLICE_OFFICER,
        rank=Rank.CONSTABLE,
        neighbourhood=True,
        joined_on=date(2020, 1, 1),
    )


def transferred(learner_id: UUID, source: str, target: str) -> LearnerTransferred:
    return LearnerTransferred(
        force_id=target,
        learner_id=LearnerId(learner_id),
        from_force_id=source,
        effective_on=date(2026, 11, 1),
    )


class World(ServiceUnderTest):
    def __init__(self, url: str) -> None:
        super().__init__(SERVICE, url)

    async def given(self, event: Event, sequence: int = 1) -> None:
        """Let every consumer that handles the event apply it, as its runner would."""
        said = envelope(event, sequence)
        for consumer in SERVICE.consumers:
            await self.apply(consumer, said)

    async def learner(self, force_id: str = "derbyshire") -> UUID:
        learner_id = new_id()
        await self.given(registered(learner_id, force_id))
        return learner_id

    async def learners(self, count: int, force_id: str = "derbyshire") -> list[UUID]:
        return [await self.learner(force_id) for _ in range(count)]

    async def call(
        self, method: str, path: str, claims: dict[str, Any], json: Any = None, **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        bearer = self.issuer.bearer(**claims)
        return await self.client.request(method, path, json=json, headers=bearer | named)

    async def post(
        self, path: str, json: Any = None, claims: dict[str, Any] = DERBYSHIRE, **headers: str
    ) -> httpx.Response:
        return await self.call("POST", path, claims, json, **headers)

    async def get(self, path: str, claims: dict[str, Any] = DERBYSHIRE) -> httpx.Response:
        return await self.call("GET", path, claims)

    async def session(
        self, claims: dict[str, Any] = DERBYSHIRE, *, hours: float = 72, **given: Any
    ) -> str:
        """A session that starts so many hours from now; a negative number makes it history."""
        answer = await self.post("/sessions", session_body(hours, **given), claims)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["session_id"])

    async def book(
        self, session_id: str, learners: Sequence[UUID], claims: dict[str, Any] = DERBYSHIRE
    ) -> list[Any]:
        body = {"learner_ids": [str(each) for each in learners]}
        answer = await self.post(f"/sessions/{session_id}/places", body, claims)
        assert answer.status_code == 201, answer.text
        return list(answer.json())

    async def mark(
        self, session_id: str, *entries: dict[str, Any], claims: dict[str, Any] = DERBYSHIRE
    ) -> httpx.Response:
        return await self.post(f"/sessions/{session_id}/register", {"entries": entries}, claims)

    async def state(self, place_id: str) -> str:
        sql = "SELECT state FROM places WHERE place_id = :id"
        return str(await self.value(sql, id=UUID(place_id)))

    async def start(self, session_id: str) -> None:
        """Let time pass until a session has begun."""
        begun = "UPDATE sessions SET starts_at = now() - interval '1 hour' WHERE session_id = :id"
        await self.run(begun, id=UUID(session_id))

    async def events(self, key: object) -> list[tuple[str, int, str]]:
        """Type, sequence and force of each event of an aggregate."""
        rows = await self.rows(
            "SELECT split_part(type, '.', 3), sequence, forceid FROM event_log"
            " WHERE aggregateid = :key ORDER BY position",
            key=str(key),
        )
        return [tuple(row) for row in rows]


def session_body(hours: float = 72, **given: Any) -> dict[str, Any]:
    starts = datetime.now(UTC) + timedelta(hours=hours)
    return {
        "kind": "classroom",
        "title": "Problem solving together",
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=6)).isoformat(),
        "capacity": 25,
        "duty_minutes": 360,
    } | given
