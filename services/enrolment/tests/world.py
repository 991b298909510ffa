"""A service over its real API on a real database, and the words that tests speak to it."""

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from chassis.projection import Projection
from chassis.testing.bus import envelope
from chassis.testing.service import ServiceUnderTest
from enrolment.app import SERVICE
from enrolment.consumers import FLOWS
from npp_contracts.event import Event

from .given import NPP, csv_of, roster_row

Answer = httpx.Response


class World(ServiceUnderTest):
    def __init__(self, url: str) -> None:
        super().__init__(SERVICE, url)

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
        said = [envelope(event) for event in events for _ in (1, 2)]
        for flow in FLOWS:
            await self.apply(flow, *said)

    async def projected(self, projection: Projection, *events: Event) -> None:
        """Twice, though the runner hands over only what it has not seen."""
        said = [envelope(event) for event in events]
        for _ in range(2):
            await self.apply(projection, *said)

    async def seen_by(self, force_id: str, sql: str) -> Any:
        """What row-level security alone lets a force see."""
        async with self.database.connection(force_id) as connection:
            return (await connection.execute(text(sql))).scalar()

    async def forget_end_of(self, upload_id: str) -> None:
        sql = "UPDATE uploads SET finished_at = NULL, rows = 0 WHERE upload_id = :id"
        await self.run(sql, id=upload_id)

    async def events(self, key: object) -> list[dict[str, Any]]:
        """What was recorded of an aggregate: type, sequence, force and payload, in order."""
        rows = await self.rows(
            "SELECT type, sequence, forceid, convert_from(payload, 'UTF8')::jsonb AS payload"
            " FROM event_log WHERE aggregateid = :key ORDER BY sequence, position",
            key=str(key),
        )
        return [{**row._mapping, "type": row.type.split(".")[2]} for row in rows]
