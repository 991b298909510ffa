"""The examples of docs/consume.md do what the page says, against a running service."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chassis.testing.receiving import Receiver, Request, receiver
from reporting.api.feeds.asking import MAX_LIMIT, MAX_TIMEOUT
from reporting.domain.webhooks import Outcome
from reporting.feeds.routing import TYPES
from reporting.feeds.sandbox.worker import go_on

from .browser import served
from .delivering import webhook, who
from .feeding import FeedWorld
from .filing import fetched, files, link, made, older, package, yesterday
from .test_feeds_api import story

PAGE = (Path(__file__).parents[3] / "docs" / "consume.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
TRY, CURL, CREATE = [code for kind, code in BLOCKS if kind == "shell"]
READ, PROVE, _KAFKA, VERIFY, VERIFY_SHARED, FILES = [
    code for kind, code in BLOCKS if kind == "python"
]


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


async def test_the_first_minutes_in_the_sandbox(shown: Shown) -> None:
    for _ in range(3):
        await go_on(shown.world.system, timedelta())
    token = shown.world.issuer.token(roles=["force-system"], force_id="sandbox")
    vendor = Shown(shown.world, [], {**shown.environment, "NPP_TOKEN": token})
    reading = asyncio.create_task(vendor.run("sh", "-c", TRY))
    while not (await asyncio.wait({reading}, timeout=0.1))[0]:
        await go_on(shown.world.system, timedelta())
    failed, said = await reading
    assert not failed, said
    assert min(int(each["sequence"]) for each in json.loads(said)) > 3
    prove = PROVE.replace("kent", "sandbox")
    assert await vendor.run(sys.executable, "-c", prove) == (0, "complete\n")


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


async def test_curl_takes_a_file_by_its_link_and_under_its_name(
    shown: Shown, tmp_path: Path
) -> None:
    await older(shown.world)
    await made(shown.world)
    found = await package(shown.world)
    (name, *_) = [each["name"] for each in files(found)]
    url = shown.environment["NPP_URL"] + link(found, name)
    failed, said = await shown.run("sh", "-c", f"cd {tmp_path} && curl -sS --fail -O '{url}'")
    assert not failed, said
    assert (tmp_path / name).read_bytes() == await fetched(shown.world, found, name)


async def files_of(shown: Shown) -> tuple[int, str]:
    environment = {**shown.environment, "NPP_DAY": str(yesterday())}
    return await Shown(shown.world, shown.ids, environment).run(sys.executable, "-c", FILES)


async def test_a_day_of_files_is_whole_and_a_tampered_one_is_found(shown: Shown) -> None:
    await older(shown.world)
    await made(shown.world)
    assert await files_of(shown) == (0, "complete\n")
    # One byte of a file, and the hash that its package tells of it.
    row = "'npp.enrolment.module-completed.v1.csv'"
    for table in ("feed_packages", "feed_file_parts"):
        await shown.world.run(f"ALTER TABLE {table} DISABLE TRIGGER frozen")
    await shown.world.run(
        "UPDATE feed_file_parts SET content = set_byte(content, 200, 65) WHERE name = " + row
    )
    failed, said = await files_of(shown)
    assert failed, said
    await shown.world.run(
        "UPDATE feed_packages AS p SET document = replace(document, e ->> 'hash', 'sha256:' ||"
        " (SELECT encode(sha256(content), 'hex') FROM feed_file_parts WHERE name = e ->> 'name'))"
        " FROM (SELECT jsonb_array_elements(document::jsonb -> 'resources') AS e"
        f" FROM feed_packages) AS r WHERE e ->> 'name' = {row}"
    )
    for table in ("feed_packages", "feed_file_parts"):
        await shown.world.run(f"ALTER TABLE {table} ENABLE TRIGGER frozen")
    failed, said = await files_of(shown)
    assert failed
    assert "AssertionError: not what was placed" in said


Examples = dict[str, Any]


async def created(shown: Shown, there: Receiver) -> dict[str, Any]:
    """As the page creates one, but with our address in place of the force's."""
    command = CREATE.replace("https://events.kent.police.example/npp", there.url)
    failed, said = await shown.run("sh", "-c", command)
    assert not failed, said
    made: dict[str, Any] = json.loads(said)
    return made


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, shown: Shown) -> None:
    monkeypatch.setenv("NPP_URL", shown.environment["NPP_URL"])


async def sent(shown: Shown, there: Receiver, webhook_id: str) -> Request:
    path = f"/webhooks/{webhook_id}/ping"
    answer = await shown.world.client.post(path, headers=who(shown.world))
    assert answer.json()["accepted"]
    return there.got[-1]


@pytest.mark.usefixtures("environment")
async def test_the_example_verifies_by_our_public_key(shown: Shown) -> None:
    example: Examples = {}
    exec(compile(VERIFY, "docs/consume.md", "exec"), example)
    async with receiver() as there:
        made = await created(shown, there)
        request = await sent(shown, there, made["id"])
        keys = await asyncio.to_thread(example["keys_of"], made["id"])
        others = await asyncio.to_thread(example["keys_of"], str(uuid4()))
    check(example["genuine"], request, keys)
    assert not example["genuine"](request.headers, request.body, others)


async def test_the_example_verifies_by_a_shared_secret(shown: Shown) -> None:
    example: Examples = {}
    exec(compile(VERIFY_SHARED, "docs/consume.md", "exec"), example)
    async with receiver() as there:
        made = await webhook(shown.world, there.url, hmac=True)
        request = await sent(shown, there, made["id"])
    path = f"/webhooks/{made['id']}/secret"
    secret = (await shown.world.client.get(path, headers=who(shown.world))).json()["secret"]
    check(example["genuine"], request, secret)
    assert not example["genuine"](request.headers, request.body, "whsec_" + "A" * 44)


def check(genuine: Callable[..., bool], request: Request, by: Any) -> None:
    """True of what was sent, and of nothing that was changed or is old."""
    headers = dict(request.headers)
    assert genuine(headers, request.body, by)
    assert not genuine(headers, request.body + b" ", by)
    assert not genuine(headers | {"webhook-id": "another"}, request.body, by)
    assert not genuine(headers | {"webhook-signature": "v1a,AAAA v1,AAAA"}, request.body, by)
    old = str(int(headers["webhook-timestamp"]) - 301)
    assert not genuine(headers | {"webhook-timestamp": old}, request.body, by)


def test_the_page_names_every_outcome_of_a_delivery() -> None:
    assert {each.value for each in Outcome} <= set(re.findall(r"`([a-z-]+)`", PAGE))


def test_the_page_names_what_there_is() -> None:
    types = set(re.findall(r"npp\.[a-z]+\.[a-z-]+\.v1", PAGE))
    assert types <= TYPES
    assert f"1 to {MAX_LIMIT:,}" in PAGE
    assert f"0 to {MAX_TIMEOUT:,}" in PAGE
