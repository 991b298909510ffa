"""Parts of a file: which bytes are sent for which `Range`, and that a download can go on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Request

from reporting.api.files.spans import RangeNotSatisfiable, span_of
from reporting.files.stored import PART_BYTES, Kept, Span

from .browser import served
from .feeding import FeedWorld, code
from .filing import files, link, made, older, package, yesterday
from .given import Person

TAG = '"tag"'
FILE = Kept("kent", yesterday(), "a.csv", 1_000, "tag", "text/csv")


def asked(**headers: str) -> Span | None:
    found = [(name.replace("_", "-").encode(), said.encode()) for name, said in headers.items()]
    return span_of(Request({"type": "http", "headers": found}), FILE, TAG)


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-999", 0, 999),
        ("bytes=10-19", 10, 19),
        ("bytes=10-", 10, 999),
        ("bytes=999-", 999, 999),
        ("bytes=10-1000000000", 10, 999),
        ("bytes=-1", 999, 999),
        ("bytes=-1000", 0, 999),
        ("bytes=-1000000000", 0, 999),
        ("Bytes= 1-2 ", 1, 2),
    ],
)
def test_one_range_is_those_bytes(said: str, first: int, last: int) -> None:
    assert asked(range=said) == Span(first, last)


@pytest.mark.parametrize(
    "said", ["bytes=1000-", "bytes=1000-1001", "bytes=1000000000-", "bytes=-0"]
)
def test_a_range_behind_the_end_is_refused(said: str) -> None:
    with pytest.raises(RangeNotSatisfiable) as refused:
        asked(range=said)
    assert refused.value.headers == {"Content-Range": "bytes */1000"}


@pytest.mark.parametrize(
    "said",
    [
        "",
        "bytes=",
        "bytes=-",
        "bytes=9-1",
        "bytes=a-b",
        "bytes=0-1,4-5",
        "lines=0-1",
        "bytes 0-1",
        "bytes=+1-2",
        "bytes=\u0661-".encode().decode("latin-1"),
        "bytes=" + "9" * 21 + "-",
    ],
)
def test_what_is_no_single_range_is_passed_over(said: str) -> None:
    assert asked(range=said) is None


def test_a_range_of_another_version_is_passed_over() -> None:
    assert asked(range="bytes=1-2", if_range=TAG) == Span(1, 2)
    for other in ('"other"', f"W/{TAG}", "tag", "Mon, 01 Jun 2026 09:00:00 GMT", ""):
        assert asked(range="bytes=1-2", if_range=other) is None
        assert asked(range="bytes=5000-", if_range=other) is None


@dataclass
class Big:
    """A CSV of several parts, and what it is."""

    world: FeedWorld
    url: str
    content: bytes
    etag: str

    async def get(self, said: str, **headers: str) -> httpx.Response:
        return await self.world.client.get(self.url, headers={"Range": said} | headers)


@pytest.fixture
async def big(feeds: FeedWorld) -> Big:
    await feeds.given(*(Person("kent").registered() for _ in range(3)))
    # Long subjects, so that few events make more than two parts.
    await feeds.run(
        "UPDATE feed_events SET document = replace(document, subject, repeat(subject, 12000)),"
        " subject = subject"
    )
    await older(feeds)
    await made(feeds)
    found = await package(feeds)
    (csv,) = files(found, "csv")
    assert csv["bytes"] > 2 * PART_BYTES
    url = link(found, csv["name"])
    whole = await feeds.client.get(url)
    assert whole.headers["accept-ranges"] == "bytes"
    return Big(feeds, url, whole.content, whole.headers["etag"])


async def test_parts_are_those_bytes_of_the_file(big: Big) -> None:
    size = len(big.content)
    for first, last in (
        (0, 0),
        (0, size - 1),
        (PART_BYTES - 1, PART_BYTES),
        (PART_BYTES, 2 * PART_BYTES - 1),
        (10, size - 10),
        (size - 1, size - 1),
    ):
        answer = await big.get(f"bytes={first}-{last}")
        assert answer.status_code == 206
        assert answer.content == big.content[first : last + 1]
        assert answer.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert answer.headers["content-length"] == str(last + 1 - first)
        assert answer.headers["etag"] == big.etag


async def test_what_is_known_or_another_is_answered_before_the_range(big: Big) -> None:
    known = await big.get("bytes=0-1", **{"If-None-Match": big.etag})
    assert (known.status_code, known.content) == (304, b"")
    other = await big.get("bytes=0-1", **{"If-Range": '"other"'})
    assert (other.status_code, other.content) == (200, big.content)
    behind = await big.get(f"bytes={len(big.content)}-")
    assert code(behind) == (416, "range-not-satisfiable")
    assert behind.headers["content-range"] == f"bytes */{len(big.content)}"


async def test_a_file_that_was_altered_is_not_ended_by_its_last_part(big: Big) -> None:
    await big.world.run("ALTER TABLE feed_file_parts DISABLE TRIGGER frozen")
    await big.world.run(
        "UPDATE feed_file_parts SET content = set_byte(content, 7, 65)"
        " WHERE part = 0 AND name LIKE '%.csv'"
    )
    await big.world.run("ALTER TABLE feed_file_parts ENABLE TRIGGER frozen")
    with pytest.raises(Exception, match="kent"):
        await big.get("bytes=-1")
    # Nothing proves what is in the middle but the hash of all of it, which its reader has.
    assert (await big.get("bytes=0-9")).content != big.content[:10]


@pytest.fixture
async def address(big: Big) -> AsyncIterator[str]:
    async with served(big.world.app) as url:
        yield url + big.url


async def curl(*arguments: Any) -> int:
    process = await asyncio.create_subprocess_exec("curl", "-sS", "--fail", *map(str, arguments))
    return await asyncio.wait_for(process.wait(), 30)


async def test_curl_goes_on_where_a_download_was_broken_off(
    big: Big, address: str, tmp_path: Path
) -> None:
    for broken_off in (1, PART_BYTES, PART_BYTES + 5, len(big.content) - 1):
        file = tmp_path / f"{broken_off}.csv"
        file.write_bytes(big.content[:broken_off])
        assert await curl("-C", "-", "-o", file, address) == 0
        assert file.read_bytes() == big.content
