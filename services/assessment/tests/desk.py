"""What tests of the running service share: a database, tokens, and short ways to say things."""

from typing import Any
from uuid import UUID

import httpx

from assessment.app import SERVICE
from chassis.clock import new_id
from chassis.testing.service import ServiceUnderTest

CODE = "NPP1-KNOWLEDGE"


def blueprint(code: str = CODE, items: int = 4, **changes: Any) -> dict[str, Any]:
    """A body to publish: items are called A1, A2, … and B1, B2, …, and each key is b."""
    forms = {
        form: [
            {"item": f"{form}{number}", "options": ["a", "b", "c"], "key": "b"}
            for number in range(1, items + 1)
        ]
        for form in ("A", "B")
    }
    body = {
        "code": code,
        "programme_id": "npp",
        "programme_version": 1,
        "part": "NPP1",
        "title": "Knowledge of neighbourhood policing",
        "pass_percent": 60,
        "minutes": 30,
        "forms": forms,
    }
    return body | changes


class Desk(ServiceUnderTest):
    def __init__(self, url: str) -> None:
        super().__init__(SERVICE, url)

    def token(self, role: str, force: str = "derbyshire", who: object = "person-1") -> str:
        return self.issuer.token(sub=str(who), roles=[role], force_id=force)

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str = "force-admin",
        force: str = "derbyshire",
        who: object = "person-1",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {self.token(role, force, who)}"}
        return await self.client.request(method, path, json=body, headers=bearer | (headers or {}))

    async def publish(self, **changes: Any) -> httpx.Response:
        body = blueprint(**changes)
        return await self.call(
            "POST", "/blueprints", body, role="assessment-author", force="national"
        )

    async def learner(self, force: str = "derbyshire", learner_id: UUID | None = None) -> UUID:
        """Known, or moved to another force, as the replica's projection would say it."""
        learner_id = learner_id or new_id()
        await self.run(
            "INSERT INTO learners VALUES (:id, :force, 1) ON CONFLICT (learner_id)"
            " DO UPDATE SET force_id = :force, sequence = learners.sequence + 1",
            id=learner_id,
            force=force,
        )
        return learner_id

    async def start(
        self, learner_id: UUID, occasion: str = "baseline", **options: Any
    ) -> httpx.Response:
        body = {"learner_id": str(learner_id), "blueprint": CODE, "occasion": occasion}
        return await self.call("POST", "/attempts", body, **options)

    async def sit(
        self, learner_id: UUID, occasion: str = "baseline", right: int = 3, **options: Any
    ) -> str:
        """Start and submit with so many right answers of four; the attempt's id."""
        started = await self.start(learner_id, occasion, **options)
        assert started.status_code == 201, started.text
        attempt = started.json()
        items = [each["item"] for each in attempt["items"]]
        answers = {item: "b" if number < right else "a" for number, item in enumerate(items)}
        path = f"/attempts/{attempt['attempt_id']}/submit"
        submitted = await self.call("POST", path, {"answers": answers}, **options)
        assert submitted.status_code == 200, submitted.text
        return str(attempt["attempt_id"])

    async def release(self, occasion: str = "baseline", **options: Any) -> int:
        body = {"blueprint": CODE, "occasion": occasion}
        answer = await self.call("POST", "/releases", body, **options)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["released"])

    async def events(self, attempt_id: str) -> list[dict[str, Any]]:
        """What went out about an attempt: payloads with their `type`, in sequence."""
        rows = await self.rows(
            "SELECT type, sequence, convert_from(payload, 'UTF8')::jsonb AS payload FROM event_log"
            " WHERE aggregateid = :id ORDER BY position",
            id=attempt_id,
        )
        assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
        return [row.payload | {"type": row.type.split(".")[2]} for row in rows]
