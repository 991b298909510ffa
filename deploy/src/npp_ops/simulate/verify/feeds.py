"""The feeds against the producers' own logs: each force was told every event of its own, once."""

from collections import Counter
from hashlib import sha256
from typing import Final

from chassis.database import EVERY_FORCE, Database
from npp_contracts.enrolment import LearnerTransferred
from npp_contracts.ids import NATIONAL
from npp_ops.forces import forces
from npp_ops.simulate.ledger.shapes import Flat
from npp_ops.simulate.load.client import Client
from npp_ops.simulate.load.tokens import Actors

FEEDS: Final = (*(force.id for force in forces()), NATIONAL)

# A transfer is the new force's event, and something that the old one is told too.
_OWNED: Final = f"""
SELECT force_id, count(*) AS events FROM (
    SELECT forceid AS force_id FROM event_log
    UNION ALL
    SELECT convert_from(payload, 'UTF8')::jsonb ->> 'from_force_id' FROM event_log
    WHERE type = '{LearnerTransferred.type}'
) AS owned GROUP BY force_id
"""  # noqa: S608  the type is ours


async def owned(url: str) -> dict[str, int]:
    """By force, the events of one producer's log that belong in its feed."""
    database = Database(url, scope=EVERY_FORCE, size=1)
    try:
        return {row["force_id"]: row["events"] for row in await database.fetch(_OWNED)}
    finally:
        await database.close()


async def owed(urls: list[str]) -> Flat:
    """What every feed must hold, and that it can be proven; urls: the producers' databases."""
    counts = Counter[str]()
    for url in urls:
        counts.update(await owned(url))
    found: Flat = {}
    for feed in {*FEEDS, *counts}:
        number = counts[feed]
        found |= _numbers(feed, events=number, in_manifests=number, proven=True)
    return found


async def told(client: Client, actors: Actors, feed: str) -> Flat:
    """What its force reads, from the first event to the last, and whether the chain holds."""
    token = actors.of_force("force-system", FEEDS[0] if feed == NATIONAL else feed)
    path, last, events = f"/feeds/{feed}", None, 0
    days = (await client.get("reporting", f"{path}/manifests", token, limit=1_000))["days"]
    chain = sha256(feed.encode()).hexdigest()
    end = days[0]["chain_end"] if days else chain
    while page := await client.get(
        "reporting", f"{path}/events", token, limit=1_000, lastEventId=last
    ):
        for each in page:
            events += 1
            line = f"{chain}\n{events}\n{each['id']}\n{each['type']}"
            chain = sha256(line.encode()).hexdigest()
        last = page[-1]["id"]
    in_manifests = sum(day["count"] for day in days)
    return _numbers(feed, events=events, in_manifests=in_manifests, proven=chain == end)


def _numbers(feed: str, *, events: int, in_manifests: int, proven: bool) -> Flat:
    return {
        f"feed {feed} events": events,
        f"feed {feed} events in manifests": in_manifests,
        f"feed {feed} proven": int(proven),
    }
