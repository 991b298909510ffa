"""Failpoints act where and when they are told to, and only under test."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chassis import clock, faults
from chassis.faults import Fault, FaultRefused, arm, disarm, point


@pytest.fixture(autouse=True)
def _unarmed() -> Iterator[None]:
    yield
    disarm()


async def hits(name: str, times: int) -> list[bool]:
    raised = []
    for _ in range(times):
        try:
            await point(name)
        except Fault:
            raised.append(True)
        else:
            raised.append(False)
    return raised


async def test_nothing_happens_unset() -> None:
    assert await hits("relay.after-send", 3) == [False] * 3


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("", [True, False, False]),
        ("@2", [False, True, False]),
        ("@2+", [False, True, True]),
    ],
)
async def test_hit_counts(when: str, expected: list[bool]) -> None:
    arm(f"relay.after-send:raise{when}", testing=True)
    assert await hits("relay.after-send", 3) == expected
    assert await hits("relay.after-read", 3) == [False] * 3


async def test_several_and_delay() -> None:
    arm("work.after-flush:delay=0.05, work.after-commit:raise", testing=True)
    started = time.monotonic()
    await point("work.after-flush")
    assert time.monotonic() - started >= 0.05
    assert await hits("work.after-commit", 1) == [True]


async def test_only_behind_another_point_of_the_same_task() -> None:
    arm("privacy.erased>work.after-commit:raise", testing=True)
    assert await hits("work.after-commit", 1) == [False]

    async def erases() -> list[bool]:
        await point("privacy.erased")
        return await hits("work.after-commit", 2)

    assert await asyncio.create_task(erases()) == [True, False]
    assert await hits("work.after-commit", 1) == [False]


def test_clock_goes_wrong() -> None:
    right = clock.now()
    arm("clock:-3600", testing=True)
    assert clock.now() - right < timedelta(minutes=-59)
    disarm()
    assert clock.now() >= right


def test_refuses_outside_the_test_profile() -> None:
    with pytest.raises(FaultRefused, match="test profile"):
        arm("relay.after-send:raise", testing=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "relay.after-send",
        "relay.nowhere:kill",
        "relay.after-send:kill@0",
        "nowhere>relay.after-send:kill",
    ],
)
def test_refuses_what_it_does_not_know(text: str) -> None:
    with pytest.raises(FaultRefused, match="no failpoint"):
        arm(text, testing=True)


def test_kills_for_good() -> None:
    program = (
        "import asyncio; from chassis import faults; "
        "faults.arm('relay.mid-send:kill', testing=True); "
        "asyncio.run(faults.point('relay.mid-send'))"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], check=False).returncode == -signal.SIGKILL
    )


def test_every_point_is_in_the_code() -> None:
    root = Path(faults.__file__).parents[3]
    files = [*root.glob("chassis/src/**/*.py"), *root.glob("services/*/src/**/*.py")]
    source = "".join(path.read_text() for path in files)
    assert [name for name in faults.POINTS if f'point("{name}")' not in source] == []
