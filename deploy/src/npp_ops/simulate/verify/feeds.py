"""The feeds against the producers' own logs: each force was told every event of its own, once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from chassis.database import EVERY_FORCE, Database
from npp_contracts.enrolment import HoldLifted, HoldPlaced, LearnerTransferred
from npp_contracts.ids import NATIONAL
from npp_contracts.reporting import LearnerJoined, LearnerLeft
from npp_ops.forces import forces
from npp_ops.simulate.ledger.shapes import Flat
from npp_ops.simulate.load.client import Client
from npp_ops.simulate.load.tokens import Actors

FEEDS: Final = (*(force.id for force in forces()), NATIONAL)

# A transfer is an event to the new force and one to the old one, each under an id of its own. Of
# all others the ids are the producer's: their sum says that they are the same ones.
_OWNED: Final = f"""
SELECT force_id, type, count(*) AS events,
    sum(CASE WHEN own THEN ('x' || right(id::text, 8))::bit(32)::bigint END)::bigint AS ids
FROM (
    SELECT forceid AS force_id, type, id, true AS own FROM event_log
    WHERE type NOT IN ('{LearnerTransferred.type}', '{HoldPlaced.type}', '{HoldLifted.type}')
    UNION ALL
    SELECT forceid, '{LearnerJoined.type}', id, false FROM event_log
    WHERE type = '{LearnerTransferred.type}'
    UNION ALL
    SELECT convert_from(payload, 'UTF8')::jsonb ->> 'from_force_id', '{LearnerLeft.type}', id, false
    FROM event_log WHERE type = '{LearnerTransferred.type}'
) AS owned GROUP BY force_id, type
"""  # noqa: S608  the types are ours
_DERIVED: Final = (LearnerJoined.type, LearnerLeft.type)


@dataclass(slots=True)
class Walked:
    """A feed from its first event to its last. events: id, type and digest by position.

    days: what its manifests say, the first one first.
    """

    feed: str
    days: Sequence[Mapping[str, Any]]
    events: list[tuple[str, str, int]] = field(default_factory=list)
    chains: dict[int, str] = field(default_factory=dict)


async def owned(url: str) -> Counter[str]:
    """By feed and type, the events of one producer's log that belong there, and their ids' sum."""
    database = Database(url, scope=EVERY_FORCE, size=1)
    found = Counter[str]()
    try:
        for row in await database.fetch(_OWNED):
            where = f"feed {row['force_id']} {row['type']}"
            found[where] += row["events"]
            if row["ids"] is not None:
                found[f"feed {row['force_id']} ids"] += row["ids"]
        return found
    finally:
        await database.close()


async def owed(urls: Sequence[str]) -> Flat:
    """What every feed must hold; urls: the producers' databases."""
    found = Counter[str]({f"feed {feed} ids": 0 for feed in FEEDS})
    for url in urls:
        found.update(await owned(url))
    return dict(found)


async def walked(client: Client, actors: Actors, feed: str) -> Walked:
    """As its force reads it."""
    token = actors.of_force("force-system", FEEDS[0] if feed == NATIONAL else feed)
    path, last = f"/feeds/{feed}", None
    days = (await client.get("reporting", f"{path}/manifests", token, limit=1_000))["days"]
    found = Walked(feed, days[::-1])
    ends = {day["last_position"] for day in days}
    chain = sha256(feed.encode()).hexdigest()
    while page := await client.get(
        "reporting", f"{path}/events", token, limit=1_000, lastEventId=last
    ):
        for each in page:
            found.events.append((each["id"], each["type"], digest(each)))
            position = len(found.events)
            line = f"{chain}\n{position}\n{each['id']}\n{each['type']}"
            chain = sha256(line.encode()).hexdigest()
            if position in ends:
                found.chains[position] = chain
        last = page[-1]["id"]
    return found


def digest(document: Mapping[str, Any]) -> int:
    """Equal for equal documents, for as long as this process lives."""
    return hash(msgspec.json.encode(document))


def told(walk: Walked) -> Flat:
    """What it holds, by type."""
    found = Counter[str]({f"feed {walk.feed} ids": 0})
    for event_id, kind, _ in walk.events:
        found[f"feed {walk.feed} {kind}"] += 1
        if kind not in _DERIVED:
            found[f"feed {walk.feed} ids"] += int(UUID(event_id).hex[-8:], 16)
    return dict(found)


def manifests(walk: Walked) -> tuple[Flat, Flat]:
    """What its days must say after what was read, and what they do."""
    wanted: Flat = {}
    found: Flat = {}
    last, chain = 0, sha256(walk.feed.encode()).hexdigest()
    for day in walk.days:
        end = day["last_position"] or last
        after = walk.chains.get(end, chain)
        where = f"feed {walk.feed} {day['day']}"
        empty = end == last
        wanted |= {
            f"{where} count": end - last,
            f"{where} first": None if empty else last + 1,
            f"{where} proven": 1,
        }
        proven = (day["chain_start"], day["chain_end"]) == (chain, after)
        found |= {
            f"{where} count": day["count"],
            f"{where} first": day["first_position"],
            f"{where} proven": int(proven),
        }
        last, chain = end, after
    wanted[f"feed {walk.feed} events in manifests"] = len(walk.events)
    found[f"feed {walk.feed} events in manifests"] = last
    return wanted, found
