"""Delivery end to end: in order per key, by several processes, through failures and kill -9."""

import asyncio
import os
import signal
import sys
from collections import defaultdict
from typing import Any

import pytest

from chassis.testing.receiving import Request, hang, receiver, status
from chassis.testing.waiting import eventually
from npp_contracts.enrolment import ModuleCompleted
from reporting.webhooks import queue
from reporting.webhooks.worker import deliver

from .delivering import delivering, webhook, who
from .feeding import FeedWorld
from .given import Person


async def due_now(world: FeedWorld) -> None:
    """As if the wait for what was refused were over."""
    await world.run("UPDATE webhook_deliveries SET next_at = now() WHERE state = 'waiting'")
    await world.run("UPDATE webhook_endpoints SET due_at = now(), open_until = NULL")


async def all_delivered(world: FeedWorld, number: int) -> None:
    async def done() -> bool:
        asked = "SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'"
        return bool(await world.value(asked) == number)

    await eventually(done)


def by_key(got: list[Request]) -> dict[str, list[int]]:
    found = defaultdict(list)
    for each in got:
        found[each.document["subject"]].append(each.sequence)
    return found


async def test_a_force_is_sent_its_events_as_they_stand_in_its_feed(feeds: FeedWorld) -> None:
    async with receiver() as kent, receiver() as essex, delivering(feeds):
        await webhook(feeds, kent.url, "kent")
        await webhook(feeds, essex.url, "essex")
        made = await feeds.given(Person("kent").registered(), Person("essex").registered())
        await kent.has(1)
        await essex.has(1)
        assert [kent.got[0].id, essex.got[0].id] == [str(each.id) for each in made]
        assert [kent.got[0].document] == await feeds.events("kent")
        assert [essex.got[0].document] == await feeds.events("essex")
        await all_delivered(feeds, 2)
    assert len(kent.got) == len(essex.got) == 1


async def test_what_was_placed_before_the_webhook_is_not_sent(feeds: FeedWorld) -> None:
    await feeds.given(Person("kent").registered())
    async with receiver() as there, delivering(feeds):
        await webhook(feeds, there.url)
        await feeds.given(Person("kent").registered())
        await all_delivered(feeds, 1)
    assert there.sequences == [2]


async def test_several_webhooks_of_a_force_get_what_each_has_asked_for(feeds: FeedWorld) -> None:
    person = Person("kent")
    async with receiver() as all_of_it, receiver() as some, delivering(feeds):
        await webhook(feeds, all_of_it.url)
        await webhook(feeds, some.url, types=[ModuleCompleted.type])
        await feeds.given(person.registered(), person.completed("a"), person.completed("b"))
        await all_delivered(feeds, 5)
    assert sorted(all_of_it.sequences) == [1, 2, 3]
    assert some.sequences == [2, 3]


async def test_events_of_a_person_come_in_order_and_once_by_three_workers(feeds: FeedWorld) -> None:
    people = [Person("kent") for _ in range(40)]
    async with receiver() as there, delivering(feeds, workers=3):
        await webhook(feeds, there.url)
        await feeds.given(*(each.registered() for each in people))
        for part in ("a", "b", "c"):
            await feeds.given(*(each.completed(part) for each in people))
        await all_delivered(feeds, 160)
    assert sorted(there.sequences) == list(range(1, 161))
    assert all(each == sorted(each) for each in by_key(there.got).values())
    assert len(by_key(there.got)) == 40


async def test_a_refused_event_holds_back_its_person_and_nobody_else(feeds: FeedWorld) -> None:
    first, second = Person("kent"), Person("kent")

    async def refuse_the_first(request: Request, writer: Any) -> None:
        await status(500 if request.sequence == 1 else 204)(request, writer)

    async with receiver(refuse_the_first) as there, delivering(feeds):
        await webhook(feeds, there.url)
        await feeds.given(first.registered(), second.registered())
        await feeds.given(first.completed("a"), second.completed("a"))
        await all_delivered(feeds, 2)
        assert sorted(there.sequences) == [1, 2, 4]
        there.answer = status(204)
        await due_now(feeds)
        await all_delivered(feeds, 4)
    assert there.sequences[-2:] == [1, 3]


async def test_what_waits_is_bounded_and_the_rest_stays_in_the_feed(
    feeds: FeedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_WAITING", 5)
    people = [Person("kent") for _ in range(12)]
    async with receiver(status(500)) as there, delivering(feeds):
        made = await webhook(feeds, there.url)
        await feeds.given(*(each.registered() for each in people))

        async def full() -> bool:
            return bool(await feeds.value("SELECT is_full FROM webhook_endpoints"))

        await eventually(full)
        assert await feeds.value("SELECT count(*) FROM webhook_deliveries") == 5
        answer = await feeds.client.get(f"/webhooks/{made['id']}", headers=who(feeds))
        assert [answer.json()[each] for each in ("position", "feed_position")] == [5, 12]
        there.answer = status(204)
        await due_now(feeds)
        await all_delivered(feeds, 12)
    assert sorted(set(there.sequences)) == list(range(1, 13))


async def test_an_address_that_refuses_everything_is_paused_and_then_tried_with_one(
    feeds: FeedWorld,
) -> None:
    people = [Person("kent") for _ in range(50)]
    async with receiver(status(500)) as there, delivering(feeds):
        await webhook(feeds, there.url)
        await feeds.given(*(each.registered() for each in people))

        async def paused() -> bool:
            asked = "SELECT open_until > now() FROM webhook_endpoints WHERE due_at < 'infinity'"
            busy = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7237751"
            return bool(await feeds.value(asked)) and not await feeds.value(busy)

        await eventually(paused)
        refused = len(there.got)
        assert 5 <= refused <= 12
        await due_now(feeds)
        await there.has(refused + 1)
        await eventually(paused)
        assert len(there.got) == refused + 1
        there.answer = status(204)
        await due_now(feeds)
        await all_delivered(feeds, 50)


async def test_after_two_days_of_refusals_an_event_is_given_up_for_its_key(
    feeds: FeedWorld,
) -> None:
    person = Person("kent")

    async def never_the_first(request: Request, writer: Any) -> None:
        await status(400 if request.sequence == 1 else 204)(request, writer)

    async with receiver(never_the_first) as there, delivering(feeds):
        await webhook(feeds, there.url)
        await feeds.given(person.registered(), person.completed("a"))
        await there.has(1)

        async def noted() -> bool:
            return bool(await feeds.value("SELECT max(attempts) FROM webhook_deliveries"))

        await eventually(noted)
        await feeds.run("UPDATE webhook_deliveries SET first_at = now() - interval '2 days'")
        await due_now(feeds)
        await all_delivered(feeds, 1)
    assert there.sequences == [1, 1, 2]
    states = await feeds.rows("SELECT state FROM webhook_deliveries ORDER BY ticket")
    assert [row.state for row in states] == ["given-up", "delivered"]


async def test_an_address_that_accepts_nothing_for_two_days_is_disabled_and_nothing_given_up(
    feeds: FeedWorld,
) -> None:
    async with receiver(status(500)) as there, delivering(feeds):
        made = await webhook(feeds, there.url)
        await feeds.given(Person("kent").registered())

        async def noted() -> bool:
            return bool(await feeds.value("SELECT max(failures) FROM webhook_endpoints"))

        await eventually(noted)
        long_ago = "now() - interval '2 days'"
        await feeds.run(f"UPDATE webhook_deliveries SET first_at = {long_ago}")
        await feeds.run(f"UPDATE webhook_endpoints SET failing_since = {long_ago}")
        await due_now(feeds)

        async def disabled() -> bool:
            return bool(
                await feeds.value("SELECT reason FROM webhook_endpoints") == "not-answering"
            )

        await eventually(disabled)
        there.answer = status(204)
        await feeds.client.post(f"/webhooks/{made['id']}/enable", headers=who(feeds))
        await all_delivered(feeds, 1)


async def test_a_document_that_is_no_longer_kept_is_given_up_and_said_to_be(
    feeds: FeedWorld,
) -> None:
    person = Person("kent")
    async with receiver() as there:
        await webhook(feeds, there.url)
        await feeds.given(person.registered(), person.completed("a"))
        await feeds.run("UPDATE feed_events SET document = NULL WHERE position = 1")
        async with delivering(feeds):
            await all_delivered(feeds, 1)
    assert there.sequences == [2]
    (gone, _) = await feeds.rows("SELECT state, outcome FROM webhook_deliveries ORDER BY ticket")
    assert tuple(gone) == ("given-up", "no-longer-kept")


@pytest.mark.parametrize("moment", range(8))
async def test_workers_stop_whatever_they_are_doing(feeds: FeedWorld, moment: int) -> None:
    people = [Person("kent") for _ in range(20)]
    async with receiver() as there, delivering(feeds, workers=3):
        await webhook(feeds, there.url)
        await feeds.given(*(each.registered() for each in people))
        await there.has(2 * moment)


DELIVER = """
import asyncio, sys
from chassis.database import Database
from reporting.webhooks.worker import deliver
asyncio.run(deliver(Database(sys.argv[1], scope="*")))
"""


async def process(world: FeedWorld) -> asyncio.subprocess.Process:
    command = (sys.executable, "-c", DELIVER, world.url)
    return await asyncio.create_subprocess_exec(*command, env=dict(os.environ))


async def test_a_process_that_is_killed_while_it_sends_loses_nothing_and_keeps_the_order(
    feeds: FeedWorld,
) -> None:
    people = [Person("kent") for _ in range(10)]
    async with receiver() as there:
        await webhook(feeds, there.url)
        await feeds.given(*(each.registered() for each in people))
        for part in ("a", "b", "c", "d"):
            await feeds.given(*(each.completed(part) for each in people))
        for number in (7, 20, 33):
            sending = await process(feeds)
            await there.has(number)
            sending.send_signal(signal.SIGKILL)
            await sending.wait()
        async with delivering(feeds):
            await all_delivered(feeds, 50)
    assert set(there.sequences) == set(range(1, 51))
    for sequences in by_key(there.got).values():
        once = list(dict.fromkeys(sequences))
        assert once == sorted(once)
    # What was under way is sent again: at most the lanes of one turn, each time.
    assert len(there.got) <= 50 + 3 * 8


async def test_two_processes_never_send_to_one_webhook_at_a_time(feeds: FeedWorld) -> None:
    under_way, twice, most = set[str](), list[str](), 0
    people = [Person("kent") for _ in range(30)]

    async def one_at_a_time(request: Request, writer: Any) -> None:
        nonlocal most
        key = request.document["subject"]
        twice.extend({key} & under_way)
        under_way.add(key)
        most = max(most, len(under_way))
        await asyncio.sleep(0)
        under_way.discard(key)
        await status(204)(request, writer)

    async with receiver(one_at_a_time) as there, delivering(feeds, workers=2):
        await webhook(feeds, there.url)
        for batch in ("a", "b", "c"):
            await feeds.given(*(each.completed(batch) for each in people))
        await all_delivered(feeds, 90)
    assert (len(there.got), twice) == (90, [])
    assert 1 < most <= 8


async def test_a_worker_whose_session_ends_stops_sending(feeds: FeedWorld) -> None:
    async with receiver(hang) as there:
        await webhook(feeds, there.url)
        await feeds.given(Person("kent").registered())
        working = asyncio.create_task(deliver(feeds.system))
        await there.has(1)
        # Whose lock is gone is no longer the only one: somebody else may send already.
        await feeds.run(
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND classid = 7237751"
        )
        with pytest.raises(Exception, match=r"clos|terminat"):
            await asyncio.wait_for(working, 10)
        async with delivering(feeds):
            await there.has(2)
            there.answer = status(204)
            await due_now(feeds)
            await all_delivered(feeds, 1)
