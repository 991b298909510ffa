"""What must hold when a run has been healed and all is quiet; each answer says what does not."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from chassis.consumer.received import understand

from .events import KEYS, SKIPPED, UNREADABLE

if TYPE_CHECKING:
    from .run import Run


def unquiet(run: "Run") -> list[str]:
    """Why work is left: the queue's rows, records not consumed, events parked for no reason."""
    left = ["the operator"] if any(not task.done() for task in run.operator.tasks) else []
    if run.outbox.rows and run.shape.relays:
        left.append(f"in the outbox: {list(run.outbox.rows)}")
    if any(call.wire for call in run.world.calls):
        left.append("records on the wire")
    if not run.shape.members:
        return left
    for place, records in run.bus.records.items():
        at = run.store.rows.get(("next", place), 0)
        if at != len(records):
            left.append(f"consumed up to {at} of {len(records)} in {place[1]}")
    dead = {key for key, _ in _dead(run)}
    if waiting := {key for _, key, _ in run.store.names("parked")} - dead:
        left.append(f"parked without a dead letter before them: {sorted(waiting)}")
    return left


def bus(run: "Run") -> list[str]:
    """Nothing is lost, nothing invented, first occurrences are in order, no needless duplicates."""
    if not run.shape.relays:
        return []
    broken = []
    seen = [e for place in run.bus.records for e in run.bus.envelopes(place)]
    ids = Counter(envelope.id for envelope in seen)
    if lost := run.committed.ids - ids.keys():
        broken.append(f"lost: {len(lost)} events")
    if invented := ids.keys() - run.committed.ids:
        broken.append(f"never committed: {len(invented)} events")
    for key in KEYS:
        first = list(dict.fromkeys(e.sequence for e in seen if e.subject == key))
        if first != sorted(first):
            broken.append(f"overtaken: {key} first appears as {first}")
    if len(seen) > len(ids) and not run.world.excuses:
        broken.append(f"duplicates although nothing broke: {len(seen) - len(ids)}")
    return broken


def views(run: "Run") -> list[str]:
    """Each key is applied once and in order, up to its dead letter if it has one."""
    if not run.shape.members:
        return []
    broken, dead = [], _dead(run)
    for (key, sequence), why in dead.items():
        name = f"{key}{sequence}"
        payload = run.committed.of(key)[sequence - 1]["payload"]
        if payload != UNREADABLE and name not in run.consumer.failed:
            broken.append(f"buried although nothing is wrong with it: {name}")
        if name not in why:
            broken.append(f"buried for another's fault: {name}: {why}")
    for key in KEYS:
        blocked = min((n for k, n in dead if k == key), default=None)
        before = run.committed.of(key)[: blocked and blocked - 1]
        if any(row["payload"] == UNREADABLE for row in before):
            broken.append(f"unreadable and not a dead letter: {key}")
        broken += _differs(run, key, before)
    return broken


def redriven(run: "Run") -> list[str]:
    """When the operator is done, nothing waits and only the unreadable is missing."""
    broken = [f"still parked: {name}" for name in run.store.names("parked")]
    broken += [f"still dead: {name}" for name in run.store.names("dead")]
    for key in KEYS:
        broken += _differs(run, key, run.committed.of(key))
    return broken


def _differs(run: "Run", key: str, rows: list[dict[str, Any]]) -> list[str]:
    due = tuple(r["sequence"] for r in rows if r["payload"] not in {SKIPPED, UNREADABLE})
    applied = run.store.view(key)
    return [] if applied == due else [f"applied of {key}: {applied}, not {due}"]


def _dead(run: "Run") -> dict[tuple[str, int], str]:
    found = {}
    for name in run.store.names("dead"):
        record, why = run.store.rows[name]
        envelope = understand(run.consumer, record).envelope
        assert envelope is not None
        found[envelope.subject, envelope.sequence] = why
    return found
