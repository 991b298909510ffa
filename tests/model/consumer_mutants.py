"""Consumers with one protection taken away each."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from chassis.consumer import attempt, ordering
from chassis.consumer.attempt import Attempt
from chassis.consumer.ordering import Blocked, Key, Plan
from chassis.consumer.received import Received
from chassis.consumer.runner import Runner
from chassis.kafka import Place

from .group import Source
from .mutant import Mutant
from .run import INBOUND
from .store import Remembered

Sorting = Callable[[Plan, Received, int, Key], bool]

_batch = Attempt.batch
_plan = ordering.plan
_sort = ordering._sort


async def _moves_the_checkpoint_first(
    self: Any, place: Place, expected: int, following: int, *more: Any
) -> Plan:
    async with self._begin() as (_, ledger):
        if not await ledger.advance(place, expected, following):
            raise attempt.Overtaken
    return await _batch(self, place, following, following, *more)


async def _applies_before_it_remembers(
    self: Any, place: Place, expected: int, following: int, received: Any, *more: Any
) -> Plan:
    async with self._begin() as (session, _):
        await self._apply(session, [one for one in received if one.handled])
    return await _batch(self, place, expected, following, received, *more)


def _sorting(wrong: Sorting) -> Any:
    """plan() with another decision about a record."""

    def plan(received: Iterable[Received], known: Mapping[str, Key], *, bury: bool = False) -> Plan:
        def sort(result: Plan, one: Received, sequence: int, key: Key, *, bury: bool) -> bool:
            decided = wrong(result, one, sequence, key)
            return _sort(result, one, sequence, key, bury=bury) if decided is None else decided

        ordering._sort = sort
        try:
            return _plan(received, known, bury=bury)
        finally:
            ordering._sort = _sort

    return plan


def _applies_a_larger_sequence(_: Plan, one: Received, sequence: int, key: Key) -> Any:
    if sequence > key.sequence + 1 and key.blocked is None:
        key.sequence = sequence - 1


def _applies_a_smaller_sequence(result: Plan, one: Received, sequence: int, key: Key) -> Any:
    if sequence <= key.sequence and one.handled:
        result.fresh.append(one)
        return False
    return None


def _goes_on_behind_a_dead_letter(result: Plan, one: Received, sequence: int, key: Key) -> Any:
    if sequence > key.sequence + 1 and key.blocked is Blocked.DEAD and one.handled:
        result.fresh.append(one)
        key.sequence = sequence
        return True
    return None


def _takes_skipped_ones_for_missing(result: Plan, one: Received, _: int, __: Key) -> Any:
    if not one.handled and one.problem is None:
        result.skipped += 1
        return False
    return None


def _drops_early_ones(result: Plan, one: Received, sequence: int, key: Key) -> Any:
    if sequence > key.sequence + 1:
        result.duplicate += 1
        return False
    return None


def _blocks_every_key(
    received: Iterable[Received], known: Mapping[str, Key], *, bury: bool = False
) -> Plan:
    result = _plan(received, known, bury=bury)
    if result.dead:
        for key in result.changed.values():
            key.blocked = Blocked.DEAD
    return result


async def _never_drains(_: Any, __: Place, ___: str) -> int:
    return 0


async def _opens_without_draining(self: Any, place: Place) -> tuple[int, bool]:
    async with self._begin() as (_, ledger):
        return await ledger.open(place), True


async def _takes_a_failed_batch_for_done(
    self: Any, _: Any, place: Place, held: Any, records: Any
) -> None:
    try:
        await self._apply(place, held, self._understood(records))
    except Exception:  # noqa: BLE001  this is the flaw
        held.next_offset = records[-1].offset + 1


async def _gives_a_failed_record_up(
    _: Any, __: Place, held: Any, received: Any, ___: Exception
) -> None:
    held.next_offset = received[-1].record.offset + 1


def _seeks_nowhere(_: Source, __: Place, ___: int) -> None: ...


async def _remembers_nothing(_: Remembered, __: str, ___: Mapping[str, Key]) -> None: ...


def _mutant(flaw: str, where: Any, name: str, wrong: Any) -> Mutant:
    return Mutant(flaw, INBOUND, [(where, name, wrong)])


def _planning(flaw: str, wrong: Any) -> Mutant:
    return _mutant(flaw, attempt, "plan", wrong)


CONSUMERS: Final = (
    _mutant("the checkpoint moves before", Attempt, "batch", _moves_the_checkpoint_first),
    _mutant("state commits before memory", Attempt, "batch", _applies_before_it_remembers),
    _planning("a larger sequence is applied", _sorting(_applies_a_larger_sequence)),
    _planning("a smaller sequence is applied", _sorting(_applies_a_smaller_sequence)),
    _planning("a key goes on behind its dead letter", _sorting(_goes_on_behind_a_dead_letter)),
    _planning("a skipped event counts as missing", _sorting(_takes_skipped_ones_for_missing)),
    _planning("an early event is dropped", _sorting(_drops_early_ones)),
    _planning("a dead letter blocks its neighbours", _blocks_every_key),
    _mutant("parked events are not drained", Attempt, "drain", _never_drains),
    _mutant("an opened partition is not drained", Attempt, "open", _opens_without_draining),
    _mutant("a failed batch counts as done", Runner, "_process", _takes_a_failed_batch_for_done),
    _mutant("a failed record is given up", Runner, "_alone", _gives_a_failed_record_up),
    _mutant("nobody goes back to the checkpoint", Source, "seek", _seeks_nowhere),
    _mutant("sequences are not remembered", Remembered, "remember", _remembers_nothing),
)
