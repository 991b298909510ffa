"""F20: whoever fills the forces' topics is killed; each topic stays its own feed."""

from collections import defaultdict
from functools import partial
from typing import Final

from chassis.kafka import Record, reading
from npp_contracts.topics import FORCE_STREAMS, stream_of
from npp_ops import topics
from reporting.domain.forces import forces
from reporting.feeds.stream import OF_ONE_FEED
from tests.chaos.arena import Arena
from tests.chaos.row import Case, Row, Told

PLACES: Final = {
    "before sending": "stream.after-read",
    "mid-send": "relay.mid-send",
    "after acknowledgement before noting it": "stream.after-send",
    "after noting it": "stream.after-commit",
}
_DEATHS: Final = 3
_FEEDS: Final = """
SELECT force_id, position, subject, document FROM feed_events
WHERE force_id = ANY ($1::text[]) ORDER BY force_id, position
"""
_BEHIND: Final = """
SELECT count(*) FROM feeds AS f LEFT JOIN feed_streams AS s USING (force_id)
WHERE f.force_id = ANY ($1::text[]) AND f.position > coalesce(s.position, 0)
"""

Said = tuple[int, str, str]
"""A position, whose event it is, and the document."""


async def kill_at(point: str, arena: Arena) -> Told:
    """Reporting dies three times where it fills; then everything comes to rest and is compared."""
    names = {stream_of(each): FORCE_STREAMS.partitions for each in forces()}
    await topics.create(arena.servers.direct_kafka, names, FORCE_STREAMS.keeps_days)
    before, seconds = arena.crew.crashes, 0.0
    for death in range(_DEATHS):
        hits = 3 + arena.seed % 3 + death
        await arena.crew.replace(arena.crew["reporting"], fault=f"{point}:kill@{hits}")
        seconds = await arena.crashed(before, death + 1)
        await arena.answered(100)
    await arena.until(partial(_filled, arena), 120, "each topic has what its feed has")
    wrong, twice, events = await _compared(arena)
    # A round that was sent and not noted is sent again, as a whole.
    if twice > _DEATHS * OF_ONE_FEED * len(names):
        wrong.append(f"{twice} records are there twice")
    return Told(
        f"reporting killed {_DEATHS} times at {point} while it filled {len(names)} topics; each"
        " compared with its feed, record by record",
        {"back after": round(seconds, 1), "events": events, "twice": twice},
        violations=wrong,
    )


async def _filled(arena: Arena) -> bool:
    ((behind,),) = await arena.sql("reporting", _BEHIND, list(forces()))
    return bool(behind == 0)


async def _compared(arena: Arena) -> tuple[list[str], int, int]:
    """What is wrong in words, how many records came again, how many events there are."""
    held: defaultdict[str, list[Said]] = defaultdict(list)
    names = [stream_of(each) for each in forces()]
    async with reading(arena.servers.direct_kafka, names) as reader:
        # First the topics: what their feeds have beyond these ends has come since.
        begins, ends = await reader.begins(), await reader.ends()
        spans = {place: (begins[place], ends[place]) for place in reader.places}
        async for batch in reader.records(spans):
            for record in batch:
                held[record.topic].append(_said(record))
    feeds: defaultdict[str, list[Said]] = defaultdict(list)
    for force_id, *said in await arena.sql("reporting", _FEEDS, list(forces())):
        feeds[force_id].append((said[0], said[1], said[2]))
    wrong: list[str] = []
    for force_id in forces():
        found = held[stream_of(force_id)]
        once = list(dict.fromkeys(found))
        if once != feeds[force_id][: len(once)] or len(once) < len(feeds[force_id]) - OF_ONE_FEED:
            wrong.append(f"the topic of {force_id} is not its feed")
        if any(f'"forceid":"{force_id}"' not in document for _, _, document in once):
            wrong.append(f"the topic of {force_id} has another force's event")
    records = sum(map(len, held.values()))
    events = sum(len(set(each)) for each in held.values())
    return wrong, records - events, events


def _said(record: Record) -> Said:
    headers = {name: (value or b"").decode() for name, value in record.headers}
    key, value = (record.key or b"").decode(), (record.value or b"").decode()
    return int(headers["ce_sequence"]), key, value


ROW = Row(
    "F20",
    "kill -9 who fills the forces' topics",
    "before sending, mid-send, after acknowledgement, after noting it; steady load",
    "positions that are noted when they are acknowledged: what was read is lost; a lock that ends"
    " with the session: nobody fills on, or two do; topics by the feed's own force: an event"
    " stands in another's",
    [Case(name, partial(kill_at, point), quick=False) for name, point in PLACES.items()],
)
