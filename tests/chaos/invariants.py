"""I1 to I9 as pure functions: plain data in, violations in words out; none means it holds."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .ledger import Fact, Ledger, Seen, Settled

BATCH: Final = 2000
"""The most that a relay has sent and not yet removed."""
OUTBOX_SECONDS: Final = 5.0
LAG_SECONDS: Final = 10.0
UNREADY_SECONDS: Final = 15.0
READY_SECONDS: Final = 30.0
_SHOWN: Final = 5
OUTCOMES: Final = ("applied", "duplicate", "parked", "dead", "skipped")

TITLES: Final = {
    "I0": "what was acknowledged happened once",
    "I1": "E ⊆ ids(K)",
    "I2": "ids(K) ⊆ E",
    "I3": "versions per key in K: 1, 2, 3 …",
    "I4": "duplicates in K ≤ crashes × batch",
    "I5": "R = fold over E",
    "I7": "consumed = applied + duplicate + parked + dead + skipped",
    "I8": "outbox age < 5 s, lag < 10 s, at rest within 60 s",
    "I9": "readiness follows, liveness stays, nobody else dies",
}


def some(found: Iterable[str], what: str) -> list[str]:
    """The violations in one line: how many, and the first few."""
    every = list(found)
    if not every:
        return []
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return [f"{len(every)} {what}: {'; '.join(every[:_SHOWN])}{more}"]


def nothing_lost(facts: Sequence[Fact], records: Sequence[Seen]) -> list[str]:
    """I1: every event of the logs is in a topic."""
    there = {(record.topic, record.id) for record in records}
    lost = (f"{_name(f)}" for f in facts if (f.topic, f.id) not in there)
    return some(lost, "events of E are not in K")


def nothing_invented(facts: Sequence[Fact], records: Sequence[Seen]) -> list[str]:
    """I2: every record is an event of a log, in its topic, with its key and version."""
    known = {fact.id: (fact.topic, fact.key, fact.sequence) for fact in facts}
    strange = (
        f"{r.topic}[{r.partition}]@{r.offset} id {r.id}"
        for r in records
        if r.id is None or known.get(r.id) != (r.topic, r.key, r.sequence)
    )
    return some(strange, "records of K are no events of E")


def nothing_overtaken(records: Sequence[Seen], forgiven: frozenset[str] = frozenset()) -> list[str]:
    """I3: per key the first occurrences have versions 1, 2, 3 …, all in one partition.

    records: each partition's in offset order.
    """
    last: dict[tuple[str, str], int] = defaultdict(int)
    home: dict[tuple[str, str], int] = {}
    met: set[str | None] = set()
    wrong: list[str] = []
    for record in records:
        name = record.topic, record.key
        if home.setdefault(name, record.partition) != record.partition:
            wrong.append(f"{record.key} is in partitions {home[name]} and {record.partition}")
        if record.id in met or record.key in forgiven:
            continue
        met.add(record.id)
        if record.sequence != last[name] + 1:
            wrong.append(f"{record.key}: version {record.sequence} after {last[name]}")
        last[name] = record.sequence or last[name]
    return some(wrong, "versions out of order")


def few_duplicates(duplicates: int, crashes: int, allowed: int | None = None) -> list[str]:
    """I4: no more than a batch per crash; none where nothing crashed.

    allowed: instead of the bound, where a row makes duplicates by other means.
    """
    bound = crashes * BATCH if allowed is None else allowed
    if duplicates <= bound:
        return []
    return [f"{duplicates} duplicates in K, {bound} at most ({crashes} crashes)"]


def only_these(repeated: Mapping[str, int], repeatable: frozenset[str] | None) -> list[str]:
    """I4 where it is known which events may be sent again: no other ones are."""
    if repeatable is None:
        return []
    return some((name for name in repeated if name not in repeatable), "others sent again")


Rows = Counter[tuple[Any, ...]]
Times = Mapping[tuple[Any, ...], int]


def as_folded(expected: Mapping[str, Rows], found: Mapping[str, Rows]) -> list[str]:
    """I5: each read model has the rows that the fold over E has, each as often."""
    wrong: list[str] = []
    for name in sorted({*expected, *found}):
        due, there = expected.get(name, Counter()), found.get(name, Counter())
        wrong += some(map(str, (due - there).elements()), f"rows missing in {name}")
        wrong += some(map(str, (there - due).elements()), f"rows too many in {name}")
    return wrong


@dataclass(frozen=True, slots=True)
class Counted:
    """What one process says of one consumer group: records consumed, and their outcomes."""

    member: str
    group: str
    consumed: int
    outcomes: Mapping[str, int]


def all_accounted(counted: Sequence[Counted]) -> list[str]:
    """I7, as each process counts: what it consumed is the sum of the outcomes."""
    wrong = (
        f"{one.member} {one.group}: consumed {one.consumed}, outcomes {dict(one.outcomes)}"
        for one in counted
        if one.consumed != sum(one.outcomes.get(name, 0) for name in OUTCOMES)
    )
    return some(wrong, "counters that don't add up")


def all_settled(ledger: Ledger, consumed: Mapping[str, Mapping[str, Sequence[str]]]) -> list[str]:
    """I7, as the databases count: every group is done with every version of every key.

    consumed: the topics of each group, by service. Keys with an open dead letter are left out.
    """
    newest: dict[str, dict[str, int]] = defaultdict(dict)
    for fact in ledger.facts:
        newest[fact.topic][fact.key] = max(newest[fact.topic].get(fact.key, 0), fact.sequence)
    wrong: list[str] = []
    for one in ledger.settled:
        for group, topics in consumed[one.service].items():
            for topic in topics:
                wrong += _unsettled(one, group, topic, newest[topic])
    return some(wrong, "keys not settled")


def _unsettled(one: Settled, group: str, topic: str, newest: Mapping[str, int]) -> list[str]:
    dead = {key for owner, name, key in one.dead if (owner, name) == (group, topic)}
    done = {key: one.sequences.get((group, topic, key), 0) for key in newest}
    return [
        f"{group} is at {done[key]} of {key}, the log at {version}"
        for key, version in newest.items()
        if done[key] != version and key not in dead
    ]


def at_rest(ledger: Ledger, consumed: Mapping[str, Mapping[str, Sequence[str]]]) -> list[str]:
    """I8 at the end: nothing waits in an outbox, in a partition, or parked."""
    wrong: list[str] = []
    for one in ledger.settled:
        if one.outbox:
            wrong.append(f"{one.service}: {one.outbox} rows in the outbox")
        wrong += [f"{group}: {n} parked" for group, n in one.parked.items() if n]
        for group, topics in consumed[one.service].items():
            for (topic, partition), end in ledger.ends.items():
                at = one.offsets.get((group, topic, partition), 0)
                if topic in topics and at != end:
                    wrong.append(f"{group} is at {at} of {end} in {topic}[{partition}]")
    return some(wrong, "things still wait")


def _name(fact: Fact) -> str:
    return f"{fact.type} {fact.key}/{fact.sequence} ({fact.id})"


def once(acknowledged: Times, happened: Times, what: str) -> list[str]:
    """I0: what was acknowledged so many times has happened so many times, and nothing else has."""
    wrong = (
        f"{key}: acknowledged {acknowledged.get(key, 0)}, in E {happened.get(key, 0)}"
        for key in {*acknowledged, *happened}
        if acknowledged.get(key, 0) != happened.get(key, 0)
    )
    return some(wrong, f"of {what} not once")
