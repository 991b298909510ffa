"""44 callers and 44 feeds: each reads its own and the nation's, and learns nothing of others."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from npp_contracts.enrolment import ProgrammePublished
from npp_contracts.testing import examples
from reporting.domain.forces import NATIONAL, forces

from .feeding import FeedWorld, code
from .given import Person

FEEDS = [*forces(), NATIONAL]
PATHS = (
    "/feeds/{feed}/events",
    "/feeds/{feed}/events?limit=1&timeout=1000",
    "/feeds/{feed}/manifests",
    "/feeds/{feed}/manifests/2026-01-01",
    "/files/{feed}",
    "/files/{feed}/2026-01-01/datapackage.json",
)
EMPTY = "surrey"


@pytest.fixture
async def nation(feeds: FeedWorld) -> FeedWorld:
    """Every force but one has somebody."""
    people = [Person(each).registered() for each in forces() if each != EMPTY]
    await feeds.given(*people, examples(ProgrammePublished)[0].event)
    return feeds


def refusal(answer: Any, feed: str) -> tuple[Any, ...]:
    """All of a refusal that may tell one feed from another, the feed's own name left out."""
    headers = {k: v for k, v in answer.headers.items() if k != "x-correlation-id"}
    body = {k: v for k, v in answer.json().items() if k != "correlation_id"}
    return answer.status_code, repr(headers), repr(body).replace(feed, "<feed>")


@pytest.mark.parametrize("caller", FEEDS)
async def test_a_force_reads_its_own_feed_and_the_nations(nation: FeedWorld, caller: str) -> None:
    told = set()
    for feed in FEEDS:
        for path in PATHS[:1] if feed != EMPTY else PATHS:
            answer = await nation.read(path.format(feed=feed), caller)
            if caller != NATIONAL and feed in (caller, NATIONAL):
                assert answer.status_code == 200
                continue
            assert code(answer) == (403, "feed-of-another-force")
            told.add(refusal(answer, feed))
    assert len({(status, body) for status, _, body in told}) <= len(PATHS)
    assert all("etag" not in headers for _, headers, _ in told)


async def test_what_a_force_reads_is_its_own(nation: FeedWorld) -> None:
    for feed in ("kent", "essex", EMPTY, NATIONAL):
        found = await nation.events(feed)
        assert {each["forceid"] for each in found} == ({feed} if feed != EMPTY else set())


async def test_refused_alike_whatever_there_is_to_read(nation: FeedWorld) -> None:
    for path in PATHS:
        told = [
            refusal(await nation.read(path.format(feed=feed), "kent"), feed)
            for feed in ("essex", EMPTY)
        ]
        (essex, empty) = [(status, body) for status, _, body in told]
        assert essex == empty


async def test_an_etag_of_another_force_is_answered_as_any_other(nation: FeedWorld) -> None:
    theirs = (await nation.read("/feeds/essex/events", "essex")).headers["etag"]
    answer = await nation.read("/feeds/essex/events", "kent", {"If-None-Match": theirs})
    assert code(answer) == (403, "feed-of-another-force")
    own = await nation.read("/feeds/kent/events", "kent", {"If-None-Match": theirs})
    assert own.status_code == 200


@pytest.mark.parametrize("role", ["force-admin", "force-analyst", "force-signoff", "force-system"])
async def test_a_forces_staff_and_its_system_read_its_feed(nation: FeedWorld, role: str) -> None:
    assert (await nation.read("/feeds/kent/events", roles=[role])).status_code == 200


@pytest.mark.parametrize(
    ("roles", "force_id"),
    [
        (["national-admin"], NATIONAL),
        (["national-analyst", "moderator"], NATIONAL),
        (["candidate"], "kent"),
        (["assessor", "iqa", "line-manager"], "kent"),
        ([], "kent"),
    ],
)
async def test_other_roles_read_no_feed(nation: FeedWorld, roles: list[str], force_id: str) -> None:
    for feed in ("kent", NATIONAL, "atlantis"):
        answer = await nation.read(f"/feeds/{feed}/events", force_id, roles=roles)
        assert code(answer) == (403, "forbidden")


async def test_the_nation_has_no_feed_of_a_force(nation: FeedWorld) -> None:
    answer = await nation.read("/feeds/kent/events", NATIONAL)
    assert code(answer) == (403, "feed-of-another-force")


@pytest.mark.parametrize("feed", ["atlantis", "*", "KENT", "kent%00", "kent'--", "a" * 500])
async def test_an_unknown_force_has_no_feed(nation: FeedWorld, feed: str) -> None:
    for path in PATHS:
        for caller in ("kent", "atlantis"):
            answer = await nation.read(path.format(feed=feed), caller)
            assert code(answer) == (404, "feed-unknown")


async def test_without_a_token_nothing_is_said(nation: FeedWorld) -> None:
    for feed in ("kent", "atlantis"):
        answer = await nation.client.get(f"/feeds/{feed}/events")
        assert code(answer) == (401, "token-missing")


@pytest.fixture
async def away() -> AsyncIterator[FeedWorld]:
    """A service whose database nobody can reach."""
    world = FeedWorld("postgresql://nobody:nothing@127.0.0.1:1/nowhere")
    yield world
    await world.close()


async def test_a_refusal_asks_the_database_nothing(away: FeedWorld) -> None:
    # So neither its time nor its words can depend on what there is.
    assert (await away.read("/feeds/kent/events", "kent")).status_code == 503
    assert code(await away.read("/feeds/essex/events", "kent"))[0] == 403
    assert code(await away.read("/feeds/essex/manifests", "kent"))[0] == 403
    assert code(await away.read("/feeds/atlantis/events", "kent"))[0] == 404


async def test_the_database_keeps_the_feeds_apart_by_itself(nation: FeedWorld) -> None:
    for table in ("feeds", "feed_events", "feed_days"):
        for scope, seen in (("kent", {"kent", NATIONAL}), (EMPTY, {NATIONAL})):
            async with nation.database.connection(scope, read_only=True) as connection:
                rows = await connection.execute(text(f"SELECT DISTINCT force_id FROM {table}"))
            assert {row.force_id for row in rows} == seen
