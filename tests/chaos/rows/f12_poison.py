"""F12: records that can't be used, one of each kind; then a storm; then a handler that fails."""

import time
from collections import Counter
from statistics import median

from chassis.deadletters import DeadLetter
from chassis.kafka.names import read_any
from tests.chaos import held, poison, raw
from tests.chaos.arena import Arena
from tests.chaos.operators import Operators
from tests.chaos.poison import GROUP, TOPIC
from tests.chaos.row import Case, Row, Told
from tests.chaos.scrape import scrape
from tests.chaos.watch import Outage

_DELAYED_SECONDS = 1.0
_STORM = 45
# As many as a partition may bury before it stops.
_LIMIT = 20
_UNREADY_SECONDS = 15.0
_DUTY = "chaos wrote it"
_KEYS = 5
_FAILING = "reporting.learners"
_FAIL = """
CREATE OR REPLACE FUNCTION chaos_fails() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.enrolment_id IN ({}) THEN RAISE EXCEPTION 'a fault of the release'; END IF;
    RETURN NEW;
END $$
"""
_TRIGGER = """
CREATE TRIGGER chaos_fails BEFORE INSERT OR UPDATE ON enrolments_view
FOR EACH ROW EXECUTE FUNCTION chaos_fails()
"""


async def one_of_each(arena: Arena) -> Told:
    """Each kind alone in the partition of a force, and after each a headcount of that force."""
    read_any()  # the ledger is read in this process
    kafka, place = arena.servers.direct_kafka, poison.place_of("kent")
    await raw.allow(kafka, TOPIC, 2 * poison.LARGE)
    skipped = await _skipped(arena)
    due: dict[int, tuple[str, str]] = {}
    before: list[float] = []
    behind: list[float] = []
    for name, kind, record in poison.every_kind():
        before.append(await poison.delay(arena, "kent"))
        (offset,) = await raw.together(kafka, place, [record])
        arena.planted.add(offset)
        due[offset[2]] = name, kind
        behind.append(await poison.delay(arena, "kent"))
    operators = Operators(arena, "reporting", _DUTY)
    letters = {each.record.offset: each for each in await operators.letters(GROUP)}
    found = {n: letters[n].reason if n in letters else poison.SKIPPED for n in due}
    skips = await _skipped(arena) - skipped
    shown = [await operators.show(letters[n].id) for n in due if n in letters]
    await operators.close(shown, "discarded")
    await raw.allow(kafka, TOPIC, 2**20)
    delayed = median(behind) - median(before)
    violations = [
        f"{due[n][0]} is {found[n]}, not {due[n][1]}" for n in due if found[n] != due[n][1]
    ]
    wanted = Counter(kind for _, kind in due.values())[poison.SKIPPED]
    if skips != wanted:
        violations.append(f"{skips} records counted as skipped, not {wanted}")
    if delayed >= _DELAYED_SECONDS:
        violations.append(f"headcounts behind poison came {delayed:.1f} s later than others")
    kinds = ", ".join(f"{name}: {kind}" for name, kind in due.values())
    return Told(
        f"one record of each kind in the partition of a force's headcounts ({kinds}); a headcount"
        " after each; dead letters listed, shown and discarded",
        {"delay before": round(median(before), 2), "delay behind": round(median(behind), 2)},
        violations,
    )


async def _skipped(arena: Arena) -> int:
    told = await scrape(arena.crew["reporting"])
    counted = told.counted() if told is not None else []
    return sum(one.outcomes.get(poison.SKIPPED, 0) for one in counted if one.group == GROUP)


async def storm(arena: Arena) -> Told:
    """The limit stops the partition and readiness says so; an operator goes past the storm."""
    read_any()
    place = poison.place_of("kent")
    other = next(force for force in ("derbyshire", "cumbria") if poison.place_of(force) != place)
    offsets = await raw.together(arena.servers.direct_kafka, place, poison.storm(_STORM))
    arena.planted |= set(offsets)
    lost, member = time.monotonic(), arena.crew["reporting"]
    operators = Operators(arena, "reporting", _DUTY)
    stopped = await _stopped(arena)
    others = await poison.delay(arena, other)
    buried = [await _discard_paused(arena, operators, place)]
    await operators.resume(GROUP)
    await _stopped(arena)
    buried.append(await _discard_paused(arena, operators, place))
    await operators.seek(GROUP, offsets[-1][2] + 1, {place}, force_gap=True)
    await operators.resume(GROUP)
    back = time.monotonic()
    again = await poison.delay(arena, "kent")
    buried.append(await _read_again(arena, operators, offsets[-1]))
    violations = []
    # The limit counts what came before the storm too, so a stop may come after fewer.
    if sum(buried) != _STORM or not all(0 < number <= _LIMIT for number in buried):
        violations.append(f"{buried} dead letters, not {_STORM} in all, {_LIMIT} at most at a stop")
    first, second, rest = buried
    return Told(
        f"{_STORM} unusable records in a row: after {first} dead letters the partition stopped,"
        " reporting was not ready, other partitions went on; discarded, the group paused and"
        f" resumed: stopped after {second} more; discarded, checkpoint moved past the rest,"
        f" resumed; read again from the start: the last {rest} came, the buried stopped nothing",
        {
            "unready after": round(stopped, 1),
            "another partition's delay": round(others, 2),
            "first headcount after": round(again, 2),
        },
        violations,
        outages=[Outage(frozenset({member.name}), lost, back)],
    )


async def _stopped(arena: Arena) -> float:
    async def stopped() -> bool:
        # A partition that is being opened is not ready either.
        said = await scrape(arena.crew["reporting"])
        stops = said is not None and GROUP in said.stopped
        return stops and await arena.watch.ask(arena.crew["reporting"], "/readyz") is False

    return await arena.until(stopped, _UNREADY_SECONDS, "the partition stops, and readiness says")


async def _discard(operators: Operators, place: tuple[str, int]) -> int:
    letters = [one for one in await operators.letters(GROUP) if one.record.place == place]
    await operators.close(letters, "discarded")
    return len(letters)


async def _discard_paused(arena: Arena, operators: Operators, place: tuple[str, int]) -> int:
    """Discard, pause the group, and wait until the member has heard of it: nothing is stopped."""
    discarded = await _discard(operators, place)
    await operators.pause(GROUP)

    async def heard() -> bool:
        said = await scrape(arena.crew["reporting"])
        return said is not None and GROUP not in said.stopped

    await arena.until(heard, _UNREADY_SECONDS, "the group has heard of its pause")
    await arena.ready(arena.crew["reporting"])
    return discarded


async def _read_again(arena: Arena, operators: Operators, last: tuple[str, int, int]) -> int:
    """The dead letters that come when the partition is read from its start."""
    topic, partition, offset = last
    await operators.seek(GROUP, "earliest", {(topic, partition)})
    await arena.until(
        lambda: _beyond(operators, (topic, partition), offset), 120, "the partition is read again"
    )
    return await _discard(operators, (topic, partition))


async def _beyond(operators: Operators, place: tuple[str, int], offset: int) -> bool:
    """Whether the group has read past an offset; how late it is says nothing of a young topic."""
    lag = {(one.topic, one.partition): one.next_offset for one in await operators.lag(GROUP)}
    return (lag[place] or 0) > offset


async def fail_for_a_while(arena: Arena) -> Told:
    """A handler fails on some keys; mended, their letters are redriven and what waits follows."""
    async with held.still(arena, Operators(arena, held.SERVICE, "a release is to fail on these")):
        await arena.load.register(_KEYS)
        ids = ", ".join(f"'{key}'" for key in await held.begun(arena, _KEYS))
        for statement in (_FAIL.format(ids), _TRIGGER):
            await arena.sql("reporting", statement)
    operators = Operators(arena, "reporting", "the cause is mended")
    try:

        async def buried() -> bool:
            return len(await _failed(operators)) >= _KEYS and await _parked(arena) > 0

        await arena.until(buried, 90, "the handler has failed on the keys, and later events wait")
        early = await operators.close(await _failed(operators), "redriven")
    finally:
        await arena.sql("reporting", "DROP TRIGGER chaos_fails ON enrolments_view")
    letters, parked = await _failed(operators), await _parked(arena)
    closed = await operators.close(letters, "redriven")
    again = await operators.close(letters, "redriven")
    released = sum(one.released for one in closed)
    violations = [f"letter {one.id}: {one.refused}" for one in closed if one.refused]
    if any(one.refused != "still-failing" for one in early):
        violations.append(f"redriven before the cause was mended: {early}")
    if any(one.refused for one in again):
        violations.append(f"redriving twice was refused: {again}")
    return Told(
        f"reporting's handler failed on {len(letters)} enrolments: `dlq redrive` was refused as"
        f" still failing; with the cause mended it applied {len(closed)} letters and {released}"
        " events that had waited behind them; a second redrive changed nothing",
        {"redriven": len(closed), "parked": parked, "released": released},
        violations,
    )


async def _failed(operators: Operators) -> list[DeadLetter]:
    # Another row may have left one that is unreadable, and stays so.
    return [one for one in await operators.letters(_FAILING) if one.reason == "failed"]


async def _parked(arena: Arena) -> int:
    sql = "SELECT count(*) FROM parked_events WHERE consumer_group = $1"
    return int((await arena.sql("reporting", sql, _FAILING))[0][0])


ROW = Row(
    "F12",
    "poison: null header, undecodable header and header name, truncated JSON, 5 MB value, unknown"
    " type, unknown major, missing force id; then a storm of them",
    "each to its class; neighbours delayed < 1 s; the storm trips the limit, stops the partition",
    "reading whatever the bytes are (header names included): the group stands still; the limit of"
    " dead letters: the storm drains into them",
    [
        Case("one of each kind", one_of_each),
        Case("a storm", storm),
        Case("a handler fails for a while", fail_for_a_while),
    ],
)
