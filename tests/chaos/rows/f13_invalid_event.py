"""F13: a service's own code makes events that its contract forbids; none may reach a log."""

import os
import sys

import httpx

from npp_ops.home import CHECKOUT
from npp_ops.ports import LOOPBACK, free_port
from npp_ops.processes import start
from tests.chaos.arena import Arena
from tests.chaos.liar import LIES
from tests.chaos.row import Case, Row, Told

_LEFT = {
    "event_log": "SELECT count(*) FROM event_log WHERE aggregateid = $1 OR forceid = $1",
    "outbox": "SELECT count(*) FROM outbox JOIN event_log USING (recorded_at, position)"
    " WHERE forceid = $1",
    "workforces": "SELECT count(*) FROM workforces WHERE force_id = $1",
}


async def lie(arena: Arena) -> Told:
    """Beside enrolment runs a release with a command that records one good event and a bad one."""
    port = free_port()
    path = os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])
    told = {**arena.crew.environment("enrolment"), "HTTP_PORT": str(port), "PYTHONPATH": path}
    command = [sys.executable, "-m", "tests.chaos.liar", "serve"]
    process = start("liar", command, arena.logs / "liar.log", environment=told)
    arena.servers.remember(process)
    try:
        violations = await _told(arena, f"http://{LOOPBACK}:{port}")
    finally:
        process.stop()
    return Told(
        f"a release of enrolment with a faulty command ({', '.join(LIES)}): each was answered with"
        " 500, and nothing of it or of the lawful event before it stayed",
        {"refused": len(LIES)},
        violations,
    )


async def _told(arena: Arena, url: str) -> list[str]:
    token = arena.stack.minter.access_token("liar", ["national-admin"], "national")
    violations: list[str] = []
    async with httpx.AsyncClient(
        base_url=url, trust_env=False, timeout=30, headers={"Authorization": f"Bearer {token}"}
    ) as client:

        async def ready() -> bool:
            try:
                return (await client.get("/readyz")).is_success
            except httpx.TransportError:
                return False

        await arena.until(ready, 60, "the faulty release is ready")
        for kind in LIES:
            force = f"{kind}-shire"
            answer = await client.post(f"/lies/{force}/{kind}")
            if answer.status_code != 500:
                violations.append(f"{kind}: answered {answer.status_code} {answer.text[:200]}")
            for table, sql in _LEFT.items():
                if left := (await arena.sql("enrolment", sql, force))[0][0]:
                    violations.append(f"{kind}: {left} rows left in {table}")
    return violations


ROW = Row(
    "F13",
    "event that violates its contract at the producer",
    "refused before commit, 0 rows in the log",
    "the check of each event as it is recorded (outbox.outgoing): rows in the log that consumers"
    " can't read or the broker doesn't take",
    [Case("four kinds of breach", lie)],
)
