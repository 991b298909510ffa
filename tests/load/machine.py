"""Where a measurement was made: the machine, the versions, the commit."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import psutil

from npp_ops.home import CHECKOUT

from .stage import Stage, session

_PACKAGES: Final = (
    "aiokafka",
    "asyncpg",
    "fastapi",
    "faststream",
    "faststream-outbox",
    "msgspec",
    "pydantic",
    "sqlalchemy",
    "starlette",
    "txoutbox",
    "uvicorn",
    "uvloop",
)


async def about(stage: Stage, command: str) -> dict[str, str]:
    """Everything that somebody needs who wants to measure it again."""
    async with session(stage.postgres) as connection:
        server = await connection.fetchval("SHOW server_version")
        fsync = await connection.fetchval("SHOW fsync")
    memory = psutil.virtual_memory().total / 2**30
    return {
        "command": command,
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "machine": f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GiB",
        "load before and after": f"{_before:.1f} and {os.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.release()}",
        "python": sys.version.split()[0],
        "postgresql": f"{server}, fsync {fsync}",
        "kafka": "Apache Kafka, one node, KRaft",
        "packages": ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
    }


_before = os.getloadavg()[0]


def commit() -> str:
    asked = ["git", "-C", str(CHECKOUT), "describe", "--always", "--dirty", "--abbrev=10"]
    done = subprocess.run(asked, check=False, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
