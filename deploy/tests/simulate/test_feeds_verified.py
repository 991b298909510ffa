"""What `npp verify` says of feeds: by the producers' logs, event by event and by the chain."""

from hashlib import sha256
from typing import Any, cast
from uuid import UUID

import pytest

from chassis.clock import new_id, now
from chassis.database import EVERY_FORCE, Database
from chassis.migrate import migrate
from enrolment.app import SERVICE
from npp_ops.simulate.load.client import Client
from npp_ops.simulate.load.tokens import Actors
from npp_ops.simulate.verify.comparison import Comparison
from npp_ops.simulate.verify.feeds import FEEDS, manifests, owed, owned, told, walked
from npp_ops.testing import PostgresForTests

REGISTERED = "npp.enrolment.learner-registered.v1"
HELD = "npp.enrolment.hold-placed.v1"
TRANSFERRED = "npp.enrolment.learner-transferred.v1"
_LOG = """
INSERT INTO event_log (id, aggregatetype, aggregateid, type, sequence, forceid, time,
                       correlationid, payload)
VALUES ($1::uuid, 'npp.enrolment.learners', $1::uuid::text, $2, 1, $3, $4, 'test', $5)
"""


@pytest.fixture
async def log(postgres: PostgresForTests) -> str:
    """Two people of Kent, one of Essex, and one who moves from Kent to Essex."""
    url = postgres.database("feeds_verified")
    database = Database(url, scope=EVERY_FORCE)
    await migrate(database.engine, SERVICE.migrations)
    async with database.transaction() as within:
        connection = await within.open()
        for force_id in ("kent", "kent", "essex"):
            await connection.execute(_LOG, new_id(), REGISTERED, force_id, now(), b"{}")
        moved = b'{"from_force_id": "kent"}'
        await connection.execute(_LOG, new_id(), TRANSFERRED, "essex", now(), moved)
    await database.close()
    return url


async def test_a_transfer_is_owed_to_both_forces(log: str) -> None:
    found = await owned(log)
    counted = {where: number for where, number in found.items() if not where.endswith(" ids")}
    assert counted == {
        f"feed kent {REGISTERED}": 2,
        "feed kent npp.reporting.learner-left.v1": 1,
        f"feed essex {REGISTERED}": 1,
        "feed essex npp.reporting.learner-joined.v1": 1,
    }
    wanted = await owed([log, log])
    assert wanted[f"feed kent {REGISTERED}"] == 4
    assert wanted["feed kent ids"] == 2 * found["feed kent ids"] > 0
    assert wanted["feed surrey ids"] == 0
    assert {f"feed {feed} ids" for feed in FEEDS} <= wanted.keys()


async def test_a_hold_is_owed_to_nobody(log: str) -> None:
    before = await owed([log])
    database = Database(log, scope=EVERY_FORCE)
    async with database.transaction() as within:
        connection = await within.open()
        await connection.execute(_LOG, new_id(), HELD, "kent", now(), b"{}")
    await database.close()
    assert await owed([log]) == before


class Answering:
    """Reporting as it answers for one feed, two events at a time."""

    def __init__(self, feed: str, ids: list[str], chained: list[str] | None = None) -> None:
        self.feed, self.ids, self.asked = feed, ids, list[str]()
        self.chain = sha256(feed.encode()).hexdigest()
        for position, each in enumerate(chained or ids, start=1):
            line = f"{self.chain}\n{position}\n{each}\na-type"
            self.chain = sha256(line.encode()).hexdigest()
        self.count = len(chained or ids)

    @property
    def _span(self) -> dict[str, int]:
        return {"first_position": 1, "last_position": self.count}

    async def get(self, service: str, path: str, token: str, **query: Any) -> Any:
        self.asked.append(token)
        if path == f"/feeds/{self.feed}/manifests":
            before = sha256(self.feed.encode()).hexdigest()
            day = {"day": "2026-06-01", "chain_start": before, "chain_end": self.chain}
            return {"days": [day | {"count": self.count} | self._span]}
        assert path == f"/feeds/{self.feed}/events"
        last = query["lastEventId"]
        start = 0 if last is None else self.ids.index(last) + 1
        return [{"id": each, "type": "a-type"} for each in self.ids[start : start + 2]]


class Tokens:
    def of_force(self, role: str, force_id: str) -> str:
        return f"{role} of {force_id}"


async def differences(feed: str, answering: Answering, kinds: int) -> set[str]:
    walk = await walked(cast(Client, answering), cast(Actors, Tokens()), feed)
    comparison = Comparison(0, [])
    found = {where: number for where, number in told(walk).items() if "a-type" in where}
    comparison.take({f"feed {feed} a-type": kinds}, found)
    comparison.take(*manifests(walk))
    return {each.where.removeprefix(f"feed {feed} ") for each in comparison.differences}


IDS = [str(UUID(int=n)) for n in range(5)]


async def test_a_feed_that_holds_what_it_must_differs_in_nothing() -> None:
    answering = Answering("kent", IDS)
    assert await differences("kent", answering, 5) == set()
    assert set(answering.asked) == {"force-system of kent"}
    national = Answering("national", IDS[:1])
    assert await differences("national", national, 1) == set()
    assert set(national.asked) == {f"force-system of {FEEDS[0]}"}


async def test_an_event_too_few_too_many_or_another_is_a_difference() -> None:
    few = Answering("kent", [*IDS[:2], *IDS[3:]], IDS)
    day = "2026-06-01"
    assert await differences("kent", few, 5) == {
        "a-type",
        f"{day} proven",
        "events in manifests",
    }
    assert await differences("kent", Answering("kent", IDS[:3]), 2) == {"a-type"}
    other = Answering("kent", [*IDS[:2], IDS[4]], IDS[:3])
    assert await differences("kent", other, 3) == {f"{day} proven"}
