"""Stock clients read a force's whole history, and it is what the manifest says, to the event."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from npp_contracts.topics import stream_of
from npp_ops.handing import Handed
from npp_ops.home import Home
from npp_ops.servers.jars import classpath
from npp_ops.servers.java import java
from npp_ops.tenants import access
from npp_ops.tenants.handing import note
from npp_ops.tenants.verifying import Outside
from npp_ops.tenants.wire import line
from npp_ops.testing import KafkaForTests

from .browser import served
from .feeding import Chained, Document, FeedWorld
from .streaming import filled, filling
from .test_consume_page import BLOCKS, CURL
from .test_feeds_api import story

PEOPLE = 700
EVENTS = 3 * PEOPLE
# A page of the feed is one line.
_PAGE_BYTES = 4 * 1024 * 1024
NODE, DOTNET = shutil.which("node"), shutil.which("dotnet")


def example(language: str, that_has: str = "") -> str:
    (found,) = [code for kind, code in BLOCKS if kind == language and that_has in code]
    return str(found)


@dataclass
class Reader:
    """A force's machine: what it is told, and a folder with what it was given."""

    world: FeedWorld
    folder: Path
    environment: Mapping[str, str]

    async def run(self, *command: str | Path, until: int | None = None) -> list[str]:
        """What a program says: all of it, or so many lines of one that never ends."""
        process = await asyncio.create_subprocess_exec(
            *command,
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            limit=_PAGE_BYTES,
        )
        assert process.stdout is not None
        lines: list[str] = []
        try:
            async with asyncio.timeout(120):
                while len(lines) != until and (told := await process.stdout.readline()):
                    lines.append(told.decode())
        finally:
            if until is not None or sys.exc_info()[0] is not None:
                with suppress(ProcessLookupError):
                    process.kill()
            failed = await process.wait()
        assert until is not None or not failed
        return lines

    async def agrees(self, events: Sequence[Document]) -> None:
        """They are the feed's, all of them, as the chain of the last day has it."""
        (day, *_) = (await self.world.read("/feeds/kent/manifests")).json()["days"]
        assert (len(events), day["last_position"]) == (EVENTS, EVENTS)
        assert Chained("kent").after(events) == day["chain_end"]


@pytest.fixture
async def reader(
    feeds: FeedWorld, guarded_kafka: KafkaForTests, tmp_path: Path
) -> AsyncIterator[Reader]:
    topic = stream_of("kent")
    guarded_kafka.fresh({topic: 1})
    password = access.new_password()
    async with line(guarded_kafka.bootstrap_servers) as broker:
        await access.allow(broker, ["kent"], access.USUAL)
        await access.set_passwords(broker, {"kent": password}, access.SHA_512)
    outside = Outside(guarded_kafka.outside_servers, tls=False)
    Handed(tmp_path, partial(note, outside), everyone=False)({"kent": password})
    await feeds.given(*story(PEOPLE))
    async with served(feeds.app) as url:
        told = {
            "NPP_URL": url,
            "NPP_TOKEN": feeds.issuer.token(roles=["force-system"], force_id="kent"),
            "NPP_KAFKA": outside.servers,
            "NPP_PASSWORD": password,
            "PATH": "/usr/bin:/bin",
        }
        yield Reader(feeds, tmp_path, told)
    async with line(guarded_kafka.bootstrap_servers) as broker:
        await access.deny(broker, ["kent"])
        await access.forget_passwords(broker, ["kent"], access.SHA_512)
    guarded_kafka.delete(topic)


def compiles(program: Path) -> bool:
    """Whether this Java runs a single source file: a runtime alone has no compiler."""
    told = subprocess.run([program, "--list-modules"], check=True, capture_output=True, text=True)
    return "jdk.compiler" in told.stdout


async def test_java_and_python_read_the_topic(reader: Reader, guarded_kafka: KafkaForTests) -> None:
    async with filling(reader.world, guarded_kafka):
        await filled(reader.world, "kent")
    code = example("python", "aiokafka").replace("SASL_SSL", "SASL_PLAINTEXT")
    told = await reader.run(sys.executable, "-c", code, until=EVENTS)
    await reader.agrees([json.loads(each) for each in told])
    if not compiles(java()):
        pytest.skip("Python has read it; the Java of this machine compiles nothing")
    # The group has read all of it: another one begins anew.
    properties = reader.folder / "force.kent.properties"
    properties.write_text(properties.read_text().replace(".reader", ".java"))
    (reader.folder / "Read.java").write_text(example("java"))
    jars = ":".join(map(str, classpath(Home.shared_cache())))
    told = await reader.run(java(), "-cp", jars, "Read.java", until=EVENTS)
    await reader.agrees([json.loads(each) for each in told])


@pytest.mark.skipif(NODE is None, reason="no Node.js")
async def test_javascript_reads_the_feed(reader: Reader) -> None:
    told = await reader.run(str(NODE), "--input-type=module", "-e", example("javascript"))
    names = ("sequence", "id", "type")
    await reader.agrees([dict(zip(names, each.split(), strict=True)) for each in told])


async def test_curl_reads_the_feed(reader: Reader) -> None:
    found: list[Document] = []
    asked = CURL.replace("limit=2", "limit=1000")
    while True:
        (page,) = await reader.run("sh", "-c", asked)
        if not (events := json.loads(page)):
            break
        found += events
        asked = CURL.replace("limit=2", f"limit=1000&lastEventId={events[-1]['id']}")
    await reader.agrees(found)


PROJECT = """
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType>
<TargetFramework>net8.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="Confluent.Kafka" Version="2.*" /></ItemGroup></Project>
"""


@pytest.mark.skipif(DOTNET is None, reason="no .NET")
async def test_csharp_reads_the_topic(reader: Reader, guarded_kafka: KafkaForTests) -> None:
    async with filling(reader.world, guarded_kafka):
        await filled(reader.world, "kent")
    (reader.folder / "read.csproj").write_text(PROJECT)
    (reader.folder / "Read.cs").write_text(example("csharp").replace("SaslSsl", "SaslPlaintext"))
    told = await reader.run(str(DOTNET), "run", until=EVENTS)
    await reader.agrees([json.loads(each) for each in told])
