"""Portfolios: found once they have opened by themselves, then driven step by step."""

import asyncio
import time
from datetime import timedelta
from typing import Any, Final

from npp_ops.simulate.load.run import Run
from npp_ops.simulate.plan.folders import Folder, Step
from npp_ops.simulate.plan.programme import CRITERIA

OPENING_SECONDS: Final = 240.0
_WHO: Final = {
    "return": "assessor",
    "assess": "assessor",
    "quality-assure": "iqa",
    "sign": "force-signoff",
}
_NOTE: Final = "Looked at and found in order (demo, invented)"
_NOTES: Final = ("valid", "authentic", "reliable", "current", "sufficient")


async def drive(run: Run) -> None:
    wanted = {str(run.learners[folder.person]) for folder in run.plan.folders}
    found = await _opened(run, wanted)

    async def send(folder: Folder) -> None:
        portfolio = found[str(run.learners[folder.person])]
        for nth, step in enumerate(folder.steps):
            await _take(run, folder, f"/portfolios/{portfolio}", nth, step)

    steps = "Portfolio steps"
    await run.each(steps, run.plan.folders, send, together=4, worth=lambda each: len(each.steps))


async def _opened(run: Run, wanted: set[str]) -> dict[str, str]:
    """Portfolio ids by learner, when all that are wanted are there."""
    token = run.actors.national("national-analyst")
    until = time.monotonic() + OPENING_SECONDS
    while True:
        found = {
            each["learner_id"]: each["portfolio_id"]
            async for each in run.client.pages("portfolio", "/portfolios", token)
        }
        missing = wanted - found.keys()
        if not missing:
            return found
        if time.monotonic() > until:
            raise TimeoutError(f"{len(missing)} portfolios did not open")
        await asyncio.sleep(2)


async def _take(run: Run, folder: Folder, path: str, nth: int, step: Step) -> None:
    force_id = run.person(folder.person).force_id
    token = (
        run.actors.of_force(_WHO[step.does], force_id)
        if step.does in _WHO
        else run.candidate(folder.person)
    )
    key = run.key("portfolio", folder.person, nth)
    await run.client.post("portfolio", f"{path}/{step.does}", token, _body(run, step), key=key)


def _body(run: Run, step: Step) -> dict[str, Any]:
    match step.does:
        case "evidence":
            return {
                "kind": step.word,
                "title": "Work in a neighbourhood (demo, invented)",
                "reference": "https://records.police.example/invented",
                "event_date": (run.plan.day - timedelta(days=14)).isoformat(),
                "criteria": step.criteria,
            }
        case "assess":
            notes = dict.fromkeys(_NOTES, _NOTE)
            return {
                "decisions": [{"criterion": code, "decision": "met", **notes} for code in CRITERIA]
            }
        case "return":
            return {"reason": step.word}
        case "quality-assure":
            return {"outcome": step.word}
    return {}
