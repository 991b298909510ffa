"""F10: events of a key reach the topic in the wrong order, one of them late, one not at all."""

import asyncio

from tests.chaos import held
from tests.chaos.arena import Arena
from tests.chaos.operators import Operators
from tests.chaos.row import Case, Row, Told

_PEOPLE = 8
_DELAY_SECONDS = 20.0
_CONSUMERS = ("portfolio", "reporting")
_PARKED = "SELECT count(*) FROM parked_events WHERE key = $1"


async def swap(arena: Arena) -> Told:
    """Every two versions of some enrolments change places; the first of another comes 20 s late."""
    operators = Operators(arena, held.SERVICE, "events are put into the wrong order")
    async with held.still(arena, operators):
        await arena.load.register(_PEOPLE)
        status = await operators.outbox()
        late, *others = await held.take(arena, _PEOPLE - 1)
    swapped = [[*events[1::-1], *events[2:]] for events in others]
    await held.publish(arena, [row for events in swapped for row in events])
    await held.publish(arena, late[1:])
    await _parked(arena, late[0]["aggregateid"])
    await asyncio.sleep(_DELAY_SECONDS)  # the fault itself
    parked = await _count(arena, late[0]["aggregateid"])
    await held.publish(arena, late[:1])
    drained = await arena.until(lambda: _none(arena), 60, "no event is parked")
    violations = []
    if status.paused is None or not status.waiting:
        violations.append(f"`outbox status` of a paused outbox: {status}")
    return Told(
        f"enrolment's outbox paused, {len(others)} enrolments' events taken off it and published"
        f" with versions 1 and 2 swapped, version 1 of one more {_DELAY_SECONDS:g} s late:"
        f" {parked} events waited parked for it",
        {"parked": parked, "drained after": round(drained, 1)},
        violations,
    )


async def lose(arena: Arena) -> Told:
    """A row goes from the outbox unsent; reconciling finds it and republishing mends it."""
    operators = Operators(arena, held.SERVICE, "an event was lost between log and topic")
    async with held.still(arena, operators):
        await arena.load.register(_PEOPLE)
        ((lost,),) = await held.take(arena, 1, rows=1)
    await _parked(arena, lost["aggregateid"])
    reports, queued = await operators.reconcile(republish=True)
    missing = {str(one) for report in reports for one in report.missing_ids}
    drained = await arena.until(lambda: _none(arena), 60, "no event is parked")
    again, _ = await operators.reconcile()
    still_missing = sum(report.missing for report in again)
    violations = []
    if missing != {str(lost["id"])} or queued != 1 or still_missing:
        violations.append(
            f"{lost['id']} was lost; reconcile found {missing}, republish queued {queued},"
            f" {still_missing} missing afterwards"
        )
    return Told(
        "version 1 of an enrolment deleted from enrolment's outbox unsent; version 2 waited parked;"
        " `outbox reconcile` named the one missing event, `outbox republish` sent it",
        {"drained after": round(drained, 1)},
        violations,
    )


async def _count(arena: Arena, key: str) -> int:
    found = [await arena.sql(name, _PARKED, key) for name in _CONSUMERS]
    return sum(rows[0][0] for rows in found)


async def _parked(arena: Arena, key: str) -> None:
    async def everywhere() -> bool:
        found = [await arena.sql(name, _PARKED, key) for name in _CONSUMERS]
        return all(rows[0][0] for rows in found)

    await arena.until(everywhere, 60, f"events of {key} parked at both services")


async def _none(arena: Arena) -> bool:
    sql = "SELECT count(*) FROM parked_events"
    found = [await arena.sql(name, sql) for name in _CONSUMERS]
    return not any(rows[0][0] for rows in found)


ROW = Row(
    "F10",
    "adjacent versions of a key swapped, one delayed 20 s, one lost",
    "R right at the end, parked drains to 0",
    "parking what comes too early (sequence > the next): R from versions out of order, or keys"
    " that are never settled",
    [
        Case("swapped and delayed", swap),
        Case("lost, reconciled, republished", lose),
    ],
)
