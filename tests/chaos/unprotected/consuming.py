"""Protections of the consumers, taken away."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from .taking import put

_MOVE = """
UPDATE checkpoints SET next_offset = $4
WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND next_offset < $4
"""
_LONG_MS = 240_000
_SHORT_MS = 8_000


def checkpoint_when_polled() -> None:
    """The checkpoint moves before a batch is worked on, in a transaction of its own."""
    from chassis.consumer.ledger import Ledger
    from chassis.consumer.runner import Runner

    async def granted(*_: Any) -> bool:
        return True

    async def processing(self: Any, source: Any, place: Any, held: Any, records: Any) -> None:
        async with self._attempt._begin() as (_, ledger):
            await advance(ledger, place, held.next_offset, records[-1].offset + 1)
        await process(self, source, place, held, records)

    advance = put(Ledger, "advance", granted)
    process = put(Runner, "_process", processing)


def checkpoint_a_second_later() -> None:
    """At least once: the checkpoint follows a second behind, and no sequence is looked at."""
    from chassis.consumer import attempt, ordering
    from chassis.consumer.ledger import Ledger

    later: set[asyncio.Task[None]] = set()

    async def granted(self: Any, place: Any, expected: int, following: int) -> bool:
        return True

    async def move(runner: Any, place: Any, following: int) -> None:
        await asyncio.sleep(1.0)
        async with runner._attempt._begin() as (_, ledger):
            await ledger._db.execute(_MOVE, ledger._group, *place, following)

    async def committing(
        self: Any, place: Any, held: Any, received: Any, bury: str | None = None
    ) -> None:
        await commit(self, place, held, received, bury)
        later.add(asyncio.create_task(move(self, place, held.next_offset)))

    from chassis.consumer.runner import Runner

    put(Ledger, "advance", granted)
    commit = put(Runner, "_commit_batch", committing)
    _unguarded(attempt, ordering, Ledger)


def sequences_unlooked_at() -> None:
    """Whatever a key's last sequence is, an event is applied."""
    from chassis.consumer import attempt, ordering
    from chassis.consumer.ledger import Ledger

    _unguarded(attempt, ordering, Ledger)


def _unguarded(attempt: Any, ordering: Any, ledger: Any) -> None:
    async def follow(self: Any, topic: str, spans: Mapping[str, Any]) -> bool:
        keys = {key: ordering.Key(last) for key, (_, last) in spans.items()}
        await self.remember(topic, keys)
        return True

    def every(received: Sequence[Any], known: Any, *, bury: bool = False) -> Any:
        result = ordering.Plan()
        for one in received:
            if one.envelope is None or one.problem is not None or (bury and one.handled):
                result.dead.append(one)
                continue
            if one.handled:
                result.fresh.append(one)
            else:
                result.skipped += 1
            result.changed[one.envelope.subject] = ordering.Key(one.envelope.sequence)
        return result

    put(ledger, "follow", follow)
    put(attempt, "plan", every)


def members_missed_late() -> None:
    """The group waits for a member that has died as if it thought for minutes."""
    _subscriber(session_timeout_ms=_LONG_MS, rebalance_timeout_ms=_LONG_MS)


def slowness_is_death() -> None:
    """A member that works on a batch for long leaves its group."""
    _subscriber(max_poll_interval_ms=_SHORT_MS)


def _subscriber(**settings: Any) -> None:
    from faststream.kafka import KafkaBroker

    def subscribing(self: Any, *topics: Any, **given: Any) -> Any:
        return subscriber(self, *topics, **{**given, **settings})

    subscriber = put(KafkaBroker, "subscriber", subscribing)


def header_names_must_be_text() -> None:
    """The client's own reading of header names."""
    from chassis.kafka import subscriber

    put(subscriber, "read_any", lambda: None)


def dead_letters_without_end() -> None:
    """No number of dead letters stops a partition."""
    from chassis.consumer.limit import DeadLetterLimit

    put(DeadLetterLimit, "_passed", staticmethod(lambda *_: False))


def events_behind_a_dead_one() -> None:
    """The events after a dead letter don't wait for it."""
    from chassis.consumer import attempt

    def going_on(received: Any, known: Any, *, bury: bool = False) -> Any:
        result = plan(received, known, bury=bury)
        for one in result.dead:
            if one.envelope is not None:
                key = result.changed[one.envelope.subject]
                key.sequence, key.blocked = max(key.sequence, one.envelope.sequence), None
        return result

    plan = put(attempt, "plan", going_on)


def rebuilt_in_place() -> None:
    """The statements of a generation find the live tables."""
    from chassis.rebuilding import store

    put(store, "path", lambda _: "SET LOCAL search_path = public;")
