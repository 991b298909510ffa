"""The other doors of a feed, its force's topic and its days' files, against what HTTP told."""

import csv
import io
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from chassis.kafka import Publisher, Record, reading
from npp_contracts.ids import NATIONAL
from npp_contracts.topics import stream_of
from npp_ops.simulate.ledger.shapes import Flat
from npp_ops.simulate.load.client import Client
from npp_ops.simulate.load.tokens import Actors
from npp_ops.simulate.verify.feeds import FEEDS, Walked, digest


async def topics(servers: str, walks: Mapping[str, Walked]) -> tuple[Flat, Flat]:
    """Every topic that there is: the feed's own documents in its order, some of them twice."""
    there = await _there(servers)
    named = {stream_of(feed): walks[feed] for feed in walks if stream_of(feed) in there}
    wanted: Flat = {}
    found: Flat = {}
    if not named:
        return wanted, found
    reached = dict.fromkeys(named, 0)
    first: dict[str, int] = {}
    wrong = dict.fromkeys(named, 0)
    async with reading(servers, sorted(named)) as reader:
        begins, ends = await reader.begins(), await reader.ends()
        spans = {place: (begins[place], ends[place]) for place in reader.places}
        async for records in reader.records(spans):
            for record in records:
                _take(record, named[record.topic], reached, first, wrong)
    for topic, walk in named.items():
        wanted |= {f"topic {walk.feed} up to": len(walk.events), f"topic {walk.feed} wrong": 0}
        found |= {f"topic {walk.feed} up to": reached[topic]}
        found |= {f"topic {walk.feed} wrong": wrong[topic]}
        kept = reached[topic] - first.get(topic, 1) + 1
        found[f"topic {walk.feed} events"] = kept
        wanted[f"topic {walk.feed} events"] = len(walk.events) - first.get(topic, 1) + 1
    return wanted, found


def _take(
    record: Record,
    walk: Walked,
    reached: dict[str, int],
    first: dict[str, int],
    wrong: dict[str, int],
) -> None:
    document = msgspec.json.decode(record.value or b"{}")
    position, topic = int(document.get("sequence", 0)), record.topic
    before = reached[topic] if topic in first else position - 1
    first.setdefault(topic, position)
    same = 0 < position <= len(walk.events) and walk.events[position - 1][2] == digest(document)
    # Sent again it may stand twice; passed over it must never be.
    if not same or position > before + 1:
        wrong[topic] += 1
    reached[topic] = max(before, position)


async def _there(servers: str) -> set[str]:
    publisher = Publisher(servers, "npp-verify")
    await publisher.start()
    try:
        return await publisher.topics()
    finally:
        await publisher.stop()


async def files(client: Client, actors: Actors, walk: Walked) -> tuple[Flat, Flat]:
    """Each day that is over: as many rows as its manifest says, the same events, no other byte."""
    wanted: Flat = {}
    found: Flat = {}
    token = actors.of_force("force-system", FEEDS[0] if walk.feed == NATIONAL else walk.feed)
    listed = await client.get("reporting", f"/files/{walk.feed}", token, limit=1_000)
    manifested = {day["day"]: day for day in walk.days}
    for day in listed["days"]:
        where = f"files {walk.feed} {day['day']}"
        wanted |= {f"{where} count": manifested[day["day"]]["count"], f"{where} made": 1}
        found |= {f"{where} count": day["count"], f"{where} made": int(day["state"] == "ready")}
        if day["state"] == "ready":
            package = await client.get("reporting", day["package"], token)
            more = await _files(client, day["package"], package["resources"][1:], walk)
            for name, (must, is_) in more.items():
                wanted[f"{where} {name}"], found[f"{where} {name}"] = must, is_
            for form in ("csv", "parquet"):
                rows = sum(e["rows"] for e in package["resources"][1:] if e["format"] == form)
                wanted[f"{where} {form}"] = manifested[day["day"]]["count"]
                found[f"{where} {form}"] = rows
    return wanted, found


async def _files(
    client: Client, package: str, resources: Iterable[Mapping[str, Any]], walk: Walked
) -> dict[str, tuple[int, int]]:
    found = {}
    folder = package.rpartition("/")[0]
    for each in resources:
        answer = await client.raw("reporting", f"{folder}/{each['path']}", "")
        unaltered = each["hash"] == f"sha256:{sha256(answer.body).hexdigest()}"
        found[f"{each['name']} unaltered"] = (1, int(unaltered))
        if each["format"] == "csv":
            rows = csv.DictReader(io.StringIO(answer.body.decode(), newline=""))
            same = sum(_is_of_the_feed(row, walk) for row in rows)
            found[f"{each['name']} events of the feed"] = (each["rows"], same)
    return found


def _is_of_the_feed(row: Mapping[str, str], walk: Walked) -> bool:
    position = int(row["position"])
    there = 0 < position <= len(walk.events)
    return there and walk.events[position - 1][:2] == (row["event_id"], row["event_type"])
