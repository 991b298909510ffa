"""P5: a command — authorised, validated, idempotent, outbox — against a bare insert."""

import json
from collections.abc import Callable
from typing import Final

from chassis.clock import new_id

from .measure import HIGHER, LOWER, About, Findings, Goal, Sample, Side, take_turns
from .stage import Server, Stage, trusted, wal
from .traffic import drive, post

CONNECTIONS: Final = 8
SECONDS: Final = 3.0
_FLOOR: Final = "Starlette, asyncpg, one INSERT"


async def measure(stage: Stage) -> Findings:
    """Requests per second, the slowest hundredth, and the server's processor time."""
    url = await stage.database("command")
    async with trusted(stage, url) as (issuer, environment):
        floor = await stage.serve("tests.load.floors.handler", {"DATABASE_URL": url})
        ours = await stage.serve("tests.load.specimen", environment, "serve")
        bearer = issuer.bearer()
        turns = await take_turns(
            stage.rounds,
            floor=_driving(stage, floor, lambda: _request({})),
            ours=_driving(
                stage, ours, lambda: _request(bearer | {"Idempotency-Key": str(new_id())})
            ),
        )
    return Findings(
        [
            turns.row(About("P5", "commands", "/s", _FLOOR, Goal(HIGHER, 0.6)), "rate"),
            turns.row(About("P5", "command, p99", "ms", _FLOOR, Goal(LOWER, 1.5)), "p99"),
            turns.row(About("P5", "command, the server's CPU", "µs", _FLOOR), "cpu"),
        ],
        [turns.cost("P5", "floor", "floor"), turns.cost("P5", "ours", "ours")],
    )


def _request(headers: dict[str, str]) -> bytes:
    return post("/folders", json.dumps({"learner_id": str(new_id())}).encode(), headers)


def _driving(stage: Stage, server: Server, request: Callable[[], bytes]) -> Side:
    async def side() -> Sample:
        cpu, written = server.cpu(), await wal(stage.postgres)
        answered = await drive(
            server.port, request, connections=CONNECTIONS, seconds=max(0.5, SECONDS * stage.scale)
        )
        number = len(answered.latencies)
        return {
            "rate": answered.rate,
            "p99": answered.p99,
            "cpu": (server.cpu() - cpu) / number * 1e6,
            "wal": (await wal(stage.postgres) - written) / number,
            "memory": server.process.resident_bytes() / 2**20,
        }

    return side
