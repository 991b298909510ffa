"""The decision about each record of a batch: new, seen before, too early, or unusable."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from chassis.consumer.received import Received


class Blocked(StrEnum):
    """Why a key's later events wait: one before them is missing, or is a dead letter."""

    GAP = "gap"
    DEAD = "dead"


@dataclass(slots=True)
class Key:
    """What a consumer group knows of one key: the last sequence it is done with."""

    sequence: int = 0
    blocked: Blocked | None = None


@dataclass(slots=True)
class Plan:
    """What a batch comes to; received = applied + duplicate + parked + dead + skipped.

    whole: the fresh events of a batch that needed no sorting.
    """

    fresh: list[Received] = field(default_factory=list)
    parked: list[Received] = field(default_factory=list)
    dead: list[Received] = field(default_factory=list)
    duplicate: int = 0
    skipped: int = 0
    changed: dict[str, Key] = field(default_factory=dict)
    released: set[str] = field(default_factory=set)
    whole: Sequence[Received] = ()

    @property
    def applied(self) -> Sequence[Received]:
        return self.whole or self.fresh


def plan(received: Iterable[Received], known: Mapping[str, Key], *, bury: bool = False) -> Plan:
    """Sort a batch of one partition, in offset order.

    A key's events have sequences 1, 2, 3 …; only the next one is ever applied.
    known: the keys seen before. bury: the (single) record's handler has failed for good.
    """
    result = Plan()
    keys = {name: Key(key.sequence, key.blocked) for name, key in known.items()}
    for one in received:
        if one.envelope is None:
            if one.buried:
                result.duplicate += 1
            else:
                result.dead.append(one)
            continue
        name = one.envelope.subject
        key = keys.setdefault(name, Key())
        if _sort(result, one, one.envelope.sequence, key, bury=bury):
            result.changed[name] = key
            if key.blocked is Blocked.GAP and not _parks(result, one):
                result.released.add(name)
    return result


def _sort(result: Plan, one: Received, sequence: int, key: Key, *, bury: bool) -> bool:
    following = key.sequence + 1
    if sequence < following or (key.blocked is Blocked.DEAD and sequence == following):
        result.duplicate += 1
        return False
    if sequence > following:
        result.parked.append(one)
        key.blocked = key.blocked or Blocked.GAP
        return True
    if one.problem is not None or (bury and one.handled):
        result.dead.append(one)
        key.blocked = Blocked.DEAD
        return True
    key.sequence = sequence
    if one.handled:
        result.fresh.append(one)
    else:
        result.skipped += 1
    return True


def _parks(result: Plan, one: Received) -> bool:
    return bool(result.parked) and result.parked[-1] is one
