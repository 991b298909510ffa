"""The service on a real PostgreSQL, as its callers and its neighbours meet it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from chassis.clock import new_id
from chassis.consumer import Received
from chassis.database import EVERY_FORCE, Database
from chassis.http import Runtime, service_app
from chassis.issuer_keys import IssuerKeys
from chassis.kafka import Record
from chassis.testing.issuer import AUDIENCE, ISSUER, Issuer
from chassis.tokens import TokenVerifier
from chassis.work import UnitOfWork
from events.app import SERVICE
from npp_contracts.codes import Rank, WorkerType
from npp_contracts.enrolment import LearnerRegistered, LearnerTransferred
from npp_contracts.envelope import Envelope
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


def envelope(event: Event, sequence: int = 1) -> Envelope:
    return Envelope(
        id=new_id(),
        type=event.type,
        source=f"/npp/{event.topic.owner}",
        subject=event.key,
        time=datetime.now(UTC),
        dataschema=f"urn:npp:schema:{event.type}",
        correlationid="test",
        causationid=None,
        sequence=sequence,
        forceid=event.force_id,
        traceparent=None,
        data=event.model_dump_json().encode(),
    )


@dataclass
class World:
    url: str
    issuer: Issuer = field(default_factory=Issuer)

    def __post_init__(self) -> None:
        self.database = Database(self.url)
        tokens = TokenVerifier(
            IssuerKeys(f"{ISSUER}/jwks", self.issuer.client()), issuer=ISSUER, audience=AUDIENCE
        )
        app = service_app(SERVICE)
        work = UnitOfWork(SERVICE.name, self.database, lambda: None)
        app.state.runtime = Runtime(self.database, work, tokens)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="https://events.test"
        )

    async def given(self, event: Event, sequence: int = 1) -> None:
        """Let every consumer that handles the event apply it, as its runner would."""
        meta = envelope(event, sequence)
        record = Record(event.topic.name, 0, 0, 0.0, event.key.encode(), meta.headers(), meta.data)
        for consumer in SERVICE.consumers:
            if meta.type in consumer.types:
                received = Received(record, meta, consumer.decode(meta))
                async with self.database.session(EVERY_FORCE) as session:
                    await consumer.apply(SERVICE.name, session, [received])

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
        return str(await self.value("SELECT state FROM places WHERE place_id = $1", place_id))

    async def start(self, session_id: str) -> None:
        """Let time pass until a session has begun."""
        async with self.database.connection(EVERY_FORCE) as connection:
            move = (
                "UPDATE sessions SET starts_at = now() - interval '1 hour' WHERE session_id = :id"
            )
            await connection.execute(text(move), {"id": UUID(session_id)})

    async def events(self, key: object) -> list[tuple[str, int, str]]:
        """Type, sequence and force of each event of an aggregate."""
        async with self.database.connection(EVERY_FORCE) as connection:
            rows = await connection.execute(
                text(
                    "SELECT split_part(type, '.', 3), sequence, forceid FROM event_log"
                    " WHERE aggregateid = :key ORDER BY position"
                ),
                {"key": str(key)},
            )
            return [(row[0], row[1], row[2]) for row in rows]

    async def value(self, sql: str, *arguments: object) -> Any:
        async with self.database.connection(EVERY_FORCE) as connection:
            raw = await connection.get_raw_connection()
            assert raw.driver_connection is not None
            return await raw.driver_connection.fetchval(sql, *arguments)


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
