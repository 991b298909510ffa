"""Failpoints: named places where a test may kill, stop, delay or fail this very process."""

import asyncio
import os
import re
import signal
from collections import defaultdict
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis import clock

# Where the code can be hit; each is a moment at which losing the process could lose, repeat or
# reorder something if what protects it were missing.
POINTS: Final = frozenset(
    {
        "relay.taking-shards",
        "relay.before-read",
        "relay.after-read",
        "relay.mid-send",
        "relay.after-send",
        "relay.after-removal",
        "work.before-flush",
        "work.after-flush",
        "work.after-commit",
        "consumer.after-poll",
        "consumer.mid-transaction",
        "consumer.burying",
        "consumer.after-commit",
        "consumer.in-rebalance",
        "generation.making",
        "generation.comparing",
        "generation.compared",
        "generation.swapped",
        "generation.before-commit",
        "generation.after-commit",
        "generation.retiring",
        "stream.after-read",
        "stream.after-send",
        "stream.after-commit",
        "privacy.erasing",
        "privacy.erased",
    }
)
_ONE: Final = re.compile(
    r"((?P<behind>[a-z.-]+)>)?(?P<point>[a-z.-]+)"
    r":(?P<action>kill|stop|raise|delay=(?P<seconds>\d+(\.\d+)?))"
    r"(@(?P<hit>[1-9]\d*)(?P<on>\+?))?"
)
_CLOCK: Final = re.compile(r"clock:(?P<seconds>[+-]\d+)")


class FaultRefused(Exception):
    """NPP_FAULT is set where it must not be, or can't be read."""


class Fault(Exception):
    """What a failpoint raises when it is told to raise."""


@dataclass(slots=True)
class _Fault:
    action: str
    seconds: float
    first: int
    onwards: bool
    behind: str | None
    hits: int = 0

    async def hit(self, point: str) -> None:
        if self.behind is not None and self.behind not in _passed.get():
            return
        self.hits += 1
        if self.hits < self.first or (self.hits > self.first and not self.onwards):
            return
        if self.action == "raise":
            raise Fault(point)
        if self.action == "delay":
            await asyncio.sleep(self.seconds)
        else:
            os.kill(os.getpid(), signal.SIGKILL if self.action == "kill" else signal.SIGSTOP)


_armed: dict[str, list[_Fault]] = defaultdict(list)
# Where the present task has been, so that what all pass can be hit for one kind of work alone.
_passed: ContextVar[frozenset[str]] = ContextVar("passed", default=frozenset())


def arm(faults: str, *, testing: bool) -> None:
    """Set failpoints: `relay.after-send:kill@3`, several with commas between.

    Actions: kill (SIGKILL), stop (SIGSTOP), raise, delay=SECONDS; at the n-th time the point is
    reached, the first without @n, and every later time too with @n+. With `privacy.erased>` before
    it, only where the same task has been there. `clock:-3600` sets the process's clock wrong by so
    many seconds. Raises FaultRefused.
    """
    if not testing:
        raise FaultRefused("NPP_FAULT is for the test profile: ENVIRONMENT is not test")
    for text in faults.split(","):
        if wrong := _CLOCK.fullmatch(text.strip()):
            clock.be_wrong(timedelta(seconds=int(wrong["seconds"])))
            continue
        found = _ONE.fullmatch(text.strip())
        if found is None or not POINTS.issuperset({found["point"], found["behind"]} - {None}):
            raise FaultRefused(f"NPP_FAULT: {text!r} is no failpoint; known: {sorted(POINTS)}")
        action = found["action"].partition("=")[0]
        seconds, first = float(found["seconds"] or 0), int(found["hit"] or 1)
        fault = _Fault(action, seconds, first, bool(found["on"]), found["behind"])
        _armed[found["point"]].append(fault)


def disarm() -> None:
    """Forget every failpoint."""
    _armed.clear()
    clock.be_wrong(timedelta())


async def point(name: str) -> None:
    """A place that a test can hit; nothing at all when no failpoint is set."""
    if _armed:
        _passed.set(_passed.get() | {name})
        for fault in _armed.get(name, ()):
            await fault.hit(name)
