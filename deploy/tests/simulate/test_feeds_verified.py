"""What `npp verify` says of feeds: by the producers' logs, event by event and by the chain."""

from hashlib import sha256
from typing import Any, cast

import pytest

from chassis.clock import new_id, now
from chassis.database import EVERY_FORCE, Database
from chassis.migrate import migrate
from enrolment.app import SERVICE
from npp_ops.simulate.ledger.shapes import Flat
from npp_ops.simulate.load.client import Client
from npp_ops.simulate.load.tokens import Actors
from npp_ops.simulate.verify.comparison import Comparison
from npp_ops.simulate.verify.feeds import FEEDS, owed, owned, told
from npp_ops.testing import PostgresForTests

REGISTERED = "npp.enrolment.learner-registered.v1"
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
    assert await owned(log) == {"kent": 3, "essex": 2}
    wanted = await owed([log, log])
    assert (wanted["feed kent events"], wanted["feed essex events in manifests"]) == (6, 4)
    assert (wanted["feed surrey events"], wanted["feed surrey proven"]) == (0, 1)
    assert len(wanted) == 3 * len(FEEDS) == 132


class Answering:
    """Reporting as it answers for one feed, two events at a time."""

    def __init__(self, feed: str, ids: list[str], chained: list[str] | None = None) -> None:
        self.feed, self.ids, self.asked = feed, ids, list[str]()
        self.chain = sha256(feed.encode()).hexdigest()
        for position, each in enumerate(chained or ids, start=1):
            line = f"{self.chain}\n{position}\n{each}\na-type"
            self.chain = sha256(line.encode()).hexdigest()
        self.count = len(chained or ids)

    async def get(self, service: str, path: str, token: str, **query: Any) -> Any:
        self.asked.append(token)
        if path == f"/feeds/{self.feed}/manifests":
            return {"days": [{"count": self.count, "chain_end": self.chain}]}
        assert path == f"/feeds/{self.feed}/events"
        last = query["lastEventId"]
        start = 0 if last is None else self.ids.index(last) + 1
        return [{"id": each, "type": "a-type"} for each in self.ids[start : start + 2]]


class Tokens:
    def of_force(self, role: str, force_id: str) -> str:
        return f"{role} of {force_id}"


async def differences(feed: str, answering: Answering, events: int) -> set[str]:
    found = await told(cast(Client, answering), cast(Actors, Tokens()), feed)
    wanted: Flat = {f"feed {feed} events": events, f"feed {feed} events in manifests": events}
    comparison = Comparison(0, [])
    wanted[f"feed {feed} proven"] = 1
    comparison.take(wanted, found)
    return {each.where.removeprefix(f"feed {feed} ") for each in comparison.differences}


async def test_a_feed_that_holds_what_it_must_differs_in_nothing() -> None:
    answering = Answering("kent", list("abcde"))
    assert await differences("kent", answering, 5) == set()
    assert set(answering.asked) == {"force-system of kent"}
    national = Answering("national", ["a"])
    assert await differences("national", national, 1) == set()
    assert set(national.asked) == {f"force-system of {FEEDS[0]}"}


async def test_an_event_too_few_too_many_or_another_is_a_difference() -> None:
    few = Answering("kent", list("abde"), list("abcde"))
    assert await differences("kent", few, 5) == {"events", "proven"}
    assert await differences("kent", Answering("kent", list("abc")), 2) == {
        "events",
        "events in manifests",
    }
    other = Answering("kent", list("abx"), list("abc"))
    assert await differences("kent", other, 3) == {"proven"}
