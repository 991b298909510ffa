"""The feeds as they run: what comes twice or contradicts itself, and each force gets its own."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from chassis.testing.waiting import eventually
from npp_contracts.enrolment import ProgrammePublished
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from npp_contracts.testing import examples
from npp_ops.testing import KafkaForTests, PostgresForTests

from .feeding import Chained, FeedWorld, sequences
from .given import Person, workforce

_READ = "SELECT sum(next_offset) FROM checkpoints WHERE consumer_group = 'reporting.feeds'"


@pytest.fixture
async def live(postgres: PostgresForTests) -> AsyncIterator[FeedWorld]:
    async with FeedWorld(postgres.database("feeds_live")) as world:
        yield world


def story() -> list[Event]:
    """Somebody stays in Kent and somebody moves to Essex."""
    stayer, mover = Person("kent"), Person("kent")
    return [
        workforce("kent", 100),
        workforce("essex", 50),
        *stayer.certified(),
        *stayer.attended(),
        *mover.certified(),
        mover.transferred("essex"),
        mover.updated(neighbourhood=False),
        examples(ProgrammePublished)[0].event,
    ]


async def count(world: FeedWorld, sql: str, wanted: int) -> None:
    """Wait until a query finds this."""

    async def found() -> bool:
        return bool(await world.value(sql) == wanted)

    await eventually(found)


async def consume(world: FeedWorld, kafka: KafkaForTests, made: Sequence[Envelope]) -> None:
    """All three times, and once an event whose header names another force than its payload."""
    ((_, doubtful),) = world.recorded.envelopes([Person("kent").registered()])
    async with world.running(kafka) as bus:
        await bus.send(*made, replace(doubtful, forceid="essex"), *made)
        await bus.send(*made)
        await count(world, _READ, 3 * len(made) + 1)


async def test_each_force_reads_its_own_history_once(live: FeedWorld, kafka: KafkaForTests) -> None:
    made = [said for _, said in live.recorded.envelopes(story())]
    await consume(live, kafka, made)

    kent, essex = await live.events("kent"), await live.events("essex")
    ours = {str(each.id) for each in made if each.forceid == "kent"}
    (left,) = [each for each in kent if each["id"] not in ours]
    assert left["type"] == "npp.reporting.learner-left.v1"
    assert len(kent) == len(ours) + 1
    assert {each["type"] for each in essex} == {
        "npp.enrolment.workforce-reported.v1",
        "npp.reporting.learner-joined.v1",
        "npp.enrolment.learner-updated.v1",
    }
    assert len(await live.events("national")) == 1
    for feed, events in (("kent", kent), ("essex", essex)):
        assert sequences(events) == list(range(1, len(events) + 1))
        days = (await live.read(f"/feeds/{feed}/manifests", feed)).json()["days"]
        assert sum(day["count"] for day in days) == len(events)
        assert days[0]["chain_end"] == Chained(feed).after(events)
    (letter,) = await live.rows("SELECT consumer_group, reason, detail FROM dead_letters")
    assert tuple(letter)[:2] == ("reporting.feeds", "invalid")
    assert "forceid is essex" in letter[2]
