"""A service over its real API on a real database, and the words that tests speak to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text

from chassis.clock import now
from chassis.consumer.received import Received
from chassis.database import EVERY_FORCE, Database
from chassis.http import Runtime, service_app
from chassis.issuer_keys import IssuerKeys
from chassis.kafka import Record
from chassis.migrate import migrate
from chassis.projection import Projection
from chassis.testing.issuer import AUDIENCE, ISSUER, Issuer
from chassis.tokens import TokenVerifier
from chassis.work import UnitOfWork
from enrolment.app import SERVICE
from enrolment.consumers import FLOWS
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event

from .given import NPP, csv_of, roster_row

Answer = httpx.Response


@dataclass
class World:
    database: Database
    system: Database
    client: httpx.AsyncClient
    issuer: Issuer = field(default_factory=Issuer)

    def token(
        self, role: str, force_id: str = "national", subject: str = "someone"
    ) -> dict[str, str]:
        return self.issuer.bearer(roles=[role], force_id=force_id, sub=subject)

    def admin(self, force_id: str = "derbyshire") -> dict[str, str]:
        return self.token("force-admin", force_id)

    async def publish(self, programme: dict[str, Any] = NPP) -> Answer:
        return await self.client.post(
            "/programmes", json=programme, headers=self.token("national-admin")
        )

    async def upload(
        self, path: str, content: str | bytes, headers: dict[str, str], **query: str
    ) -> Answer:
        body = content.encode() if isinstance(content, str) else content
        headers = headers | {"Content-Type": "text/csv"}
        return await self.client.post(path, content=body, headers=headers, params=query)

    async def register(self, collar_number: str, force_id: str = "derbyshire", **said: str) -> UUID:
        row = roster_row(collar_number=collar_number, **said)
        answer = await self.upload("/rosters", csv_of([row]), self.admin(force_id))
        assert answer.json()["accepted"] == 1, answer.text
        return UUID((await self.person(collar_number, force_id))["learner_id"])

    async def person(self, collar_number: str, force_id: str = "derbyshire") -> dict[str, Any]:
        found = await self.client.get(
            "/learners", params={"collar_number": collar_number}, headers=self.admin(force_id)
        )
        (learner,) = found.json()["items"]
        return dict(learner)

    async def complete(self, force: str, collar_number: str, module: str, on: str) -> Answer:
        rows = [
            {"force": force, "collar_number": collar_number, "module": module, "completed_on": on}
        ]
        return await self.upload("/completions", csv_of(rows), self.token("learning-platform"))

    async def happens(self, *events: Event) -> None:
        """Each comes twice, as it may."""
        received = [_received(event) for event in events for _ in (1, 2)]
        async with self.system.session(EVERY_FORCE) as session:
            for flow in FLOWS:
                await flow.apply("enrolment", session, received)

    async def projected(self, projection: Projection, *events: Event) -> None:
        """Twice, though the runner hands over only what it has not seen."""
        received = [_received(event, projection.decode) for event in events]
        for _ in range(2):
            async with self.system.session(EVERY_FORCE) as session:
                await projection.apply("enrolment", session, received)

    async def seen_by(self, force_id: str, sql: str) -> Any:
        """What row-level security alone lets a force see."""
        async with self.database.connection(force_id) as connection:
            return (await connection.execute(text(sql))).scalar()

    async def forget_end_of(self, upload_id: str) -> None:
        async with self.system.connection() as connection:
            sql = text("UPDATE uploads SET finished_at = NULL, rows = 0 WHERE upload_id = :id")
            await connection.execute(sql, {"id": upload_id})

    async def events(self, key: object) -> list[dict[str, Any]]:
        """What was recorded of an aggregate: type, sequence, force and payload, in order."""
        sql = text(
            "SELECT type, sequence, forceid, convert_from(payload, 'UTF8')::jsonb AS payload"
            " FROM event_log WHERE aggregateid = :key ORDER BY sequence, position"
        )
        async with self.system.connection() as connection:
            rows = (await connection.execute(sql, {"key": str(key)})).mappings().all()
        return [{**row, "type": row["type"].split(".")[2]} for row in rows]

    async def value(self, sql: str, **named: object) -> Any:
        async with self.system.connection() as connection:
            return (await connection.execute(text(sql), named)).scalar()

    async def close(self) -> None:
        await self.client.aclose()
        await self.database.close()
        await self.system.close()


def _received(event: Event, decode: Callable[[Envelope], Any] | None = None) -> Received:
    said = envelope(event)
    record = Record(event.topic.name, 0, 0, 0, said.key, said.headers(), said.data)
    return Received(record, said, decode(said) if decode else event)


def envelope(event: Event, sequence: int = 1) -> Envelope:
    return Envelope.of(event, id=uuid4(), time=now(), sequence=sequence, correlationid="test")


async def new_world(url: str) -> World:
    issuer, database = Issuer(), Database(url)
    system = Database(url, scope=EVERY_FORCE)
    await migrate(system.engine, SERVICE.migrations)
    keys = IssuerKeys(f"{ISSUER}/jwks", issuer.client())
    tokens = TokenVerifier(keys, issuer=ISSUER, audience=AUDIENCE)
    app = service_app(SERVICE)
    work = UnitOfWork(SERVICE.name, database, lambda: None)
    app.state.runtime = Runtime(database, work, tokens)
    transport = httpx.ASGITransport(app)
    client = httpx.AsyncClient(transport=transport, base_url="http://enrolment", timeout=60)
    return World(database, system, client, issuer)
