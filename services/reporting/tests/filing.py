"""A feed's files as a reader fetches them: the package by token, each file by its link."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import duckdb
import httpx

from npp_contracts.enrolment import LearnerTransferred
from npp_contracts.event import Event
from npp_contracts.testing import all_examples
from reporting.files.worker import make_due

from .feeding import FeedWorld

Package = dict[str, Any]


def yesterday() -> date:
    return datetime.now(UTC).date() - timedelta(days=1)


def everything_of(force_id: str = "kent") -> list[Event]:
    """Both examples of every event, as if they were this force's."""
    events = [each.event for each in all_examples()]
    moved = [each for each in events if isinstance(each, LearnerTransferred)]
    own = [each.model_copy(update={"force_id": force_id}) for each in events if each not in moved]
    return [
        *own,
        *(each.model_copy(update={"force_id": force_id}) for each in moved),
        *(each.model_copy(update={"from_force_id": force_id}) for each in moved),
    ]


async def older(world: FeedWorld, days: int = 1) -> None:
    """As if all that has been placed had been placed so many days before."""
    for table in ("feeds", "feed_events"):
        await world.run(f"UPDATE {table} SET placed_at = placed_at - make_interval(days => {days})")
    await world.run(f"UPDATE feed_days SET day = day - {days}")


async def made(world: FeedWorld) -> None:
    await make_due(world.system, {})


async def opened(
    world: FeedWorld, day: date | str | None = None, feed: str = "kent", **claims: Any
) -> httpx.Response:
    force_id = "kent" if feed == "national" else feed
    path = f"/files/{feed}/{day or yesterday()}/datapackage.json"
    return await world.read(path, claims.pop("force_id", force_id), **claims)


async def package(world: FeedWorld, day: date | None = None, feed: str = "kent") -> Package:
    answer = await opened(world, day, feed)
    assert answer.status_code == 200, answer.text
    found: Package = answer.json()
    return found


def manifest(package: Package) -> dict[str, Any]:
    found: dict[str, Any] = package["resources"][0]["data"][0]
    return found


def files(package: Package, form: str | None = None) -> list[dict[str, Any]]:
    return [each for each in package["resources"][1:] if form in (None, each["format"])]


def link(package: Package, name: str) -> str:
    """The path and query of a file's link."""
    manifested = manifest(package)
    base = f"/files/{manifested['feed']}/{manifested['day']}/datapackage.json"
    (found,) = [each for each in files(package) if each["name"] == name]
    return urljoin(base, found["path"])


async def fetched(world: FeedWorld, package: Package, name: str) -> bytes:
    """The file, without a token."""
    answer = await world.client.get(link(package, name))
    assert answer.status_code == 200, answer.text
    return answer.content


def cells(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def typed(path: Path, content: bytes) -> list[dict[str, Any]]:
    """The rows of a Parquet file, by another implementation than the one that wrote it."""
    path.write_bytes(content)
    source = f"read_parquet('{path}')"
    described = queried(f"DESCRIBE SELECT * FROM {source}")
    moments = {name for name, kind, *_ in described if kind == "TIMESTAMP WITH TIME ZONE"}
    asked = [f'epoch_us("{n}")' if n in moments else f'"{n}"' for n, *_ in described]
    found = queried(f"SELECT {', '.join(asked)} FROM {source}")
    names = [name for name, *_ in described]
    return [
        {
            n: moment(v) if n in moments and v is not None else v
            for n, v in zip(names, row, strict=True)
        }
        for row in found
    ]


def queried(sql: str) -> list[Any]:
    return duckdb.connect().execute(sql).fetchall()


def moment(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def plain(value: Any, kind: str) -> Any:
    """What a cell of either format says, of a column of that type, to compare with `said`."""
    if value is None or value == "":
        return None
    if kind in ("array", "object"):
        return json.loads(value)
    if kind == "boolean" and isinstance(value, str):
        return {"true": True, "false": False}[value]
    if kind == "datetime" and isinstance(value, str):
        return datetime.fromisoformat(value)
    if kind in ("integer", "number"):
        return float(value)
    return str(value) if kind == "date" else value


def said(value: Any, kind: str) -> Any:
    """The same of a value of the feed."""
    return value if kind in ("array", "object", "boolean") else plain(value, kind)
