"""Positions: given under the lock of the feed, which is held until the commit."""

# So within a feed they appear in the order in which they count, without a gap: whoever has seen
# one has seen all before it, and none can come behind a reader.

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from chassis.database import Driver
from reporting.feeds import chain
from reporting.feeds.entry import Entry

# By force, in every transaction: two that need the same feeds never hold one each. For the same
# reason none is locked while one is missing: who begins a feed waits for others who do.
_BEGIN: Final = """
INSERT INTO feeds (force_id, position, chain, placed_at, named_by)
SELECT force_id, 0, chain, 'epoch', named_by
FROM unnest($1::text[], $2::text[], $3::text[]) AS f (force_id, chain, named_by)
ORDER BY force_id ON CONFLICT DO NOTHING
"""
_LOCK: Final = """
SELECT force_id, position, chain, named_by FROM feeds
WHERE force_id = ANY ($1::text[])
  AND (SELECT count(*) FROM feeds WHERE force_id = ANY ($1::text[])) = cardinality($1::text[])
ORDER BY force_id FOR UPDATE
"""
# The clock is read under the lock and never goes back, so it rises with the position.
_PLACE: Final = """
WITH moved AS (
    UPDATE feeds AS f
    SET position = n.last, chain = n.after, placed_at = greatest(f.placed_at, clock_timestamp())
    FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])
        AS n (force_id, first, last, before, after)
    WHERE f.force_id = n.force_id
    RETURNING n.*, f.placed_at
), days AS (
    INSERT INTO feed_days AS d
        (force_id, day, first_position, last_position, chain_before, chain_after)
    SELECT force_id, (placed_at AT TIME ZONE 'UTC')::date, first, last, before, after FROM moved
    ON CONFLICT (force_id, day) DO UPDATE
    SET last_position = excluded.last_position, chain_after = excluded.chain_after
)
INSERT INTO feed_events
    (force_id, position, event_id, type, subject, time, placed_at, document, chain)
SELECT e.force_id, e.position, e.event_id, e.type, e.subject, e.time, m.placed_at, e.document,
    e.chain
FROM unnest($6::text[], $7::bigint[], $8::uuid[], $9::text[], $10::text[], $11::timestamptz[],
            $12::text[], $13::text[])
    AS e (force_id, position, event_id, type, subject, time, document, chain)
JOIN moved AS m USING (force_id)
"""


class AnotherSecret(Exception):
    """PSEUDONYM_SECRET is not the one that the feed began with: everybody would get a new name."""


@dataclass(slots=True)
class _Feed:
    """A locked feed: where it stood, where it stands, and what has been added in between."""

    force_id: str
    position: int
    chain: str
    named_by: str
    before: str = ""
    added: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        if entry.named_by != self.named_by:
            raise AnotherSecret(self.force_id)
        self.before = self.before or self.chain
        self.position += 1
        self.chain = chain.following(self.chain, self.position, str(entry.event_id), entry.type)
        entry.position, entry.chain = self.position, self.chain
        self.added.append(entry)


async def place(connection: Driver, entries: Sequence[Entry]) -> None:
    """Put these at the end of their feeds, in this order, in the connection's transaction."""
    if not entries:
        return
    wanted: defaultdict[str, list[Entry]] = defaultdict(list)
    for each in entries:
        wanted[each.force_id].append(each)
    feeds = await _locked(connection, {name: wanted[name][0].named_by for name in sorted(wanted)})
    for feed in feeds:
        for each in wanted[feed.force_id]:
            feed.add(each)
    moves = [(f.force_id, f.added[0].position, f.position, f.before, f.chain) for f in feeds]
    rows = [_row(each) for feed in feeds for each in feed.added]
    await connection.execute(_PLACE, *_columns(moves), *_columns(rows))


async def _locked(connection: Driver, named_by: Mapping[str, str]) -> list[_Feed]:
    force_ids = list(named_by)
    rows = await connection.fetch(_LOCK, force_ids)
    if not rows:
        starts = [chain.start(each) for each in force_ids]
        await connection.execute(_BEGIN, force_ids, starts, list(named_by.values()))
        rows = await connection.fetch(_LOCK, force_ids)
    return [_Feed(*row) for row in rows]


def _row(e: Entry) -> tuple[Any, ...]:
    about = e.force_id, e.position, e.event_id, e.type, e.subject, e.time
    return (*about, e.document, e.chain)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
