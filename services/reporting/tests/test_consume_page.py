"""The examples of docs/consume.md do what the page says, against a running service."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from reporting.api.feeds.asking import MAX_LIMIT, MAX_TIMEOUT
from reporting.feeds.routing import TYPES

from .browser import served
from .feeding import FeedWorld
from .test_feeds_api import story

PAGE = (Path(__file__).parents[3] / "docs" / "consume.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(CURL,) = [code for kind, code in BLOCKS if kind == "shell"]
READ, PROVE = [code for kind, code in BLOCKS if kind == "python"]


@dataclass
class Shown:
    world: FeedWorld
    ids: list[str]
    environment: Mapping[str, str]

    async def run(self, *command: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode or 0, said.decode()


@pytest.fixture
async def shown(feeds: FeedWorld) -> AsyncIterator[Shown]:
    made = await feeds.given(*story(700))
    token = feeds.issuer.token(roles=["force-system"], force_id="kent")
    async with served(feeds.app) as url:
        environment = {"NPP_URL": url, "NPP_TOKEN": token, "PATH": "/usr/bin:/bin"}
        yield Shown(feeds, [str(each.id) for each in made], environment)


async def test_curl_reads_the_first_events(shown: Shown) -> None:
    failed, said = await shown.run("sh", "-c", CURL)
    assert not failed, said
    assert [each["id"] for each in json.loads(said)] == shown.ids[:2]


async def test_the_ten_lines_read_every_event_once_in_order(shown: Shown) -> None:
    failed, said = await shown.run(sys.executable, "-c", READ)
    assert not failed, said
    assert [int(line.split()[0]) for line in said.splitlines()] == list(range(1, 2_101))
    assert len([line for line in READ.splitlines() if line]) == 10


async def test_the_proof_succeeds_when_nothing_is_missing(shown: Shown) -> None:
    assert await shown.run(sys.executable, "-c", PROVE) == (0, "complete\n")


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE feed_events SET document = replace(document, '.v1', '.v2') WHERE position = 1500",
        "DELETE FROM feed_events WHERE position = 1500",
        "DELETE FROM feed_events WHERE position > 2000",
    ],
)
async def test_the_proof_fails_when_an_event_is_missing_or_another(
    shown: Shown, tampering: str
) -> None:
    await shown.world.run(tampering)
    failed, said = await shown.run(sys.executable, "-c", PROVE)
    assert failed
    assert "AssertionError" in said


def test_the_page_names_what_there_is() -> None:
    types = set(re.findall(r"npp\.[a-z]+\.[a-z-]+\.v1", PAGE))
    assert types <= TYPES
    assert f"1 to {MAX_LIMIT:,}" in PAGE
    assert f"0 to {MAX_TIMEOUT:,}" in PAGE
