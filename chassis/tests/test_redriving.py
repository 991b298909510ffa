"""Dead letters on their way back: in key order, once, audited, and with the events they cause."""

import asyncio
from typing import Any

import pytest

from chassis.auth import SYSTEM
from chassis.consumer import Flow, PostgresStore
from chassis.consumer.attempt import Attempt
from chassis.consumer.received import understand
from chassis.deadletters import DeadLetterClosed, DeadLetters, GroupGone, StillFailing
from chassis.kafka import Record
from chassis.operating.audit import Operator, operations
from chassis.operating.redriving import IN_A_ROW, CauseNotMended, Closed, Verdict, close_all
from chassis.outbox import Leaving
from chassis.testing.waiting import eventually
from chassis.work import Work
from npp_contracts.envelope import Envelope
from npp_contracts.portfolio import PortfolioSubmitted
from npp_contracts.topics import PORTFOLIOS

from .specimen import service as specimen
from .specimen.world import CAUSE, World

ANNA = Operator("anna", "the release was mended")
GROUP = specimen.FLOW.group


async def answer(work: Work, event: PortfolioSubmitted, meta: Envelope) -> None:
    await specimen.note(work, event, meta)
    await specimen.open_folder(work, "norfolk")


ANSWER = Flow("specimen.answer", {PortfolioSubmitted: answer})


async def arrive(world: World, flow: Flow, *, buried: int) -> None:
    """Let the log's events reach a flow whose handler fails on the first one of some keys."""
    attempt = Attempt("portfolio", flow, PostgresStore(world.database))
    async with world.database.transaction() as within:
        rows = await within.connection.fetch("SELECT * FROM event_log ORDER BY sequence, position")
    place = PORTFOLIOS.name, 0
    await attempt.open(place)
    for offset, row in enumerate(rows):
        event = Leaving("portfolio", row)
        key, headers = event.subject.encode(), event.headers()
        record = Record(*place, offset, 0.0, key, headers, event.data)
        bury = "Broken: for a test" if offset < buried else None
        await attempt.batch(place, offset, offset + 1, [understand(flow, record)], bury)


def letters(world: World, *flows: Flow) -> DeadLetters:
    return DeadLetters("portfolio", flows or [specimen.FLOW], world.database)


async def closed(
    world: World, verdict: Verdict = "redriven", rate: float = 10_000, reason: str | None = None
) -> list[Closed]:
    dead = letters(world)
    chosen = [letter.id for letter in await dead.open(GROUP, reason, None)]
    return [each async for each in close_all(dead, chosen, verdict, ANNA, rate)]


async def revisions(world: World) -> Any:
    sql = "SELECT array_agg(of_key) FROM (SELECT array_agg(revision ORDER BY id) AS of_key"
    return await world.value(f"{sql} FROM notes GROUP BY portfolio_id) AS each")


async def test_all_of_a_group_come_back_in_key_order_and_once(world: World) -> None:
    await world.submit(10, 3)
    await arrive(world, specimen.FLOW, buried=4)
    assert await world.value("SELECT count(*) FROM notes") == 6 * 3
    assert await world.value("SELECT count(*) FROM parked_events") == 4 * 2
    done = await closed(world)
    assert [(one.refused, one.released) for one in done] == [(None, 2)] * 4
    assert await revisions(world) == [[1, 2, 3]] * 10
    assert await closed(world) == []
    assert await letters(world).redrive(done[0].id, "anna", "again") == 0
    assert await world.value("SELECT count(*) FROM notes") == 30
    async with world.database.transaction() as within:
        kept = await operations(within.connection)
    assert [(one.command, one.target, one.actor, one.because) for one in kept] == [
        ("dlq redrive", GROUP, "anna", "the release was mended")
    ] * 4
    assert [one.facts["letter"] for one in reversed(kept)] == [one.id for one in done]


async def test_the_events_of_a_redriven_handler_go_out(world: World) -> None:
    await world.submit(1, 2)
    await arrive(world, ANSWER, buried=1)
    async with world.running(consume=False):
        await eventually(lambda: world.holds("SELECT count(*) = 0 FROM outbox"))
        (letter,) = await letters(world, ANSWER).open()
        assert await letters(world, ANSWER).redrive(letter.id, "anna", "mended") == 1
        await eventually(lambda: world.holds("SELECT count(*) = 0 FROM outbox"))
    assert await world.value("SELECT count(*) FROM event_log WHERE forceid = 'norfolk'") == 2
    causes = "SELECT count(DISTINCT causationid) FROM event_log WHERE forceid = 'norfolk'"
    assert await world.value(causes) == 2


async def test_one_that_still_fails_stays_and_so_does_its_key(world: World) -> None:
    async with world.work.begin(SYSTEM, CAUSE) as work:
        bad, good = await specimen.open_folder(work), await specimen.open_folder(work)
    await arrive(world, specimen.FLOW, buried=2)
    specimen.BROKEN.add(bad.learner_id)
    first, second = await closed(world)
    assert (first.refused, second.refused) == ("still-failing", None)
    assert first.detail == f"Broken: {bad.learner_id}"
    assert await world.value("SELECT array_agg(portfolio_id) FROM notes") == [good.portfolio_id]
    assert [letter.id for letter in await letters(world).open()] == [first.id]
    with pytest.raises(StillFailing):
        await letters(world).redrive(first.id, "anna", "again")
    assert await world.value("SELECT count(*) FROM operations") == 1


async def test_what_was_discarded_is_not_redriven(world: World) -> None:
    await world.submit(2, 2)
    await arrive(world, specimen.FLOW, buried=2)
    assert await closed(world, "discarded", reason="invalid") == []
    first, _ = await closed(world, "discarded", reason="failed")
    assert await revisions(world) == [[2], [2]]
    assert await letters(world).discard(first.id, "anna", "again") == 0
    with pytest.raises(DeadLetterClosed) as refused:
        await letters(world).redrive(first.id, "anna", "after all")
    assert refused.value.facts == {"closed_as": "discarded"}


async def test_a_group_that_is_gone_is_refused(world: World) -> None:
    await world.submit(1, 1)
    await arrive(world, specimen.FLOW, buried=1)
    (letter,) = await letters(world).open()
    with pytest.raises(GroupGone):
        await letters(world, ANSWER).discard(letter.id, "anna", "old")


async def test_a_cause_that_is_not_mended_ends_it(world: World) -> None:
    async with world.work.begin(SYSTEM, CAUSE) as work:
        opened = [await specimen.open_folder(work) for _ in range(IN_A_ROW + 5)]
    await arrive(world, specimen.FLOW, buried=len(opened))
    specimen.BROKEN.update(folder.learner_id for folder in opened)
    with pytest.raises(CauseNotMended) as stopped:
        await closed(world)
    assert stopped.value.facts == {"in_a_row": IN_A_ROW, "left": 5}
    assert len(await letters(world).open(limit=None)) == len(opened)


async def test_no_more_a_second_than_told(world: World) -> None:
    await world.submit(6, 1)
    await arrive(world, specimen.FLOW, buried=6)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert len(await closed(world, rate=10)) == 6
    assert loop.time() - begun >= 0.5
