"""A portfolio's people over HTTP: each does their part of the way to sign-off."""

from dataclasses import dataclass
from typing import Any

import httpx

from portfolio.domain.assessment import NOTES

from . import given
from .world import Person, World

EVIDENCE: dict[str, Any] = {
    "kind": "work-product",
    "title": "Problem-solving plan for the market place",
    "reference": "https://records.derbyshire.police.example/plans/17",
    "event_date": "2026-06-01",
    "criteria": given.CODES,
}


def judged(**verdicts: str) -> dict[str, Any]:
    notes = dict.fromkeys(NOTES, "seen and checked")
    return {
        "decisions": [
            {"criterion": code, "decision": verdicts.get(code, "met"), **notes}
            for code in given.CODES
        ]
    }


@dataclass
class Case:
    """One portfolio and those who have to do with it."""

    world: World
    row: Any
    candidate: Person
    sergeant: Person
    assessor: Person
    verifier: Person
    signer: Person

    @classmethod
    async def open(cls, world: World, force_id: str = "derbyshire") -> "Case":
        await world.deliver((given.programme(), 1))
        await world.publish_framework()
        row = await world.opened(force_id=force_id)
        return cls(
            world,
            row,
            world.person(row.learner_id, "candidate", force_id=force_id),
            world.person("sergeant-1", "line-manager", force_id=force_id),
            world.person("assessor-1", "assessor", force_id=force_id),
            world.person("iqa-1", "iqa", force_id=force_id),
            world.person("signer-1", "force-signoff", force_id=force_id),
        )

    def path(self, act: str = "") -> str:
        return f"/portfolios/{self.row.portfolio_id}" + (f"/{act}" if act else "")

    async def put_in(self, who: Person | None = None, **changes: Any) -> httpx.Response:
        return await (who or self.candidate).post(self.path("evidence"), EVIDENCE | changes)

    async def submit(self) -> httpx.Response:
        return await self.candidate.post(self.path("submit"), {})

    async def assess(self, **verdicts: str) -> httpx.Response:
        return await self.assessor.post(self.path("assess"), judged(**verdicts))

    async def give_back(self, **body: Any) -> httpx.Response:
        body = {"reason": "evidence-insufficient"} | body
        return await self.assessor.post(self.path("return"), body)

    async def assure(self, outcome: str = "upheld") -> httpx.Response:
        return await self.verifier.post(self.path("quality-assure"), {"outcome": outcome})

    async def sign(self) -> httpx.Response:
        return await self.signer.post(self.path("sign"), {})

    async def whole(self) -> Any:
        return (await self.assessor.get(self.path())).json()

    async def reach_assessed(self) -> Any:
        for step in (self.put_in, self.submit):
            assert (await step()).is_success
        answer = await self.assess()
        assert answer.is_success, answer.text
        return answer.json()
