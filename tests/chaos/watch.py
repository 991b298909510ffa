"""I9: what /livez and /readyz of every member say, sampled while a row runs."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from npp_ops.simulate.load.wire import Wire

from .invariants import READY_SECONDS, UNREADY_SECONDS, some
from .members import Member

_EVERY_SECONDS: Final = 0.5
_ANSWER_SECONDS: Final = 5.0
SILENT_SECONDS: Final = 20.0
"""When an orchestrator would restart it: not after one probe on a busy machine."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one process said. None: it did not answer. at: seconds of the monotonic clock."""

    at: float
    member: str
    pid: int
    live: bool | None
    ready: bool | None


@dataclass(frozen=True, slots=True)
class Outage:
    """When members could not reach what they depend on; times of the monotonic clock.

    members: the names of those that must notice.
    """

    members: frozenset[str]
    lost: float
    back: float


class Watch:
    """Asks every member twice a second. samples: of the present row; clear() at its begin."""

    def __init__(self, members: Callable[[], Iterable[Member]]) -> None:
        self._members = members
        self._wire = Wire()
        self._task: asyncio.Task[None] | None = None
        self.samples: list[Sample] = []

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._wire.close()

    def clear(self) -> None:
        self.samples.clear()

    async def _run(self) -> None:
        while True:
            asked = [self._sample(member) for member in self._members()]
            self.samples += [one for one in await asyncio.gather(*asked) if one is not None]
            await asyncio.sleep(_EVERY_SECONDS)

    async def _sample(self, member: Member) -> Sample | None:
        pid, at = member.pid, time.monotonic()
        live, ready = await self.ask(member, "/livez"), await self.ask(member, "/readyz")
        same = member.pid == pid and member.process.alive()
        if not same or member.frozen or member.leaving:
            return None  # its silence is the row's doing
        return Sample(at, member.name, pid, live, ready)

    async def ask(self, member: Member, path: str) -> bool | None:
        """Whether a member answers a path well; None when it does not answer."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                answer = await self._wire.request("GET", member.url + path, {})
        except (OSError, TimeoutError):
            return None
        return answer.ok


def alive_throughout(samples: Sequence[Sample]) -> list[str]:
    """From a process's first answer on it never says that it is dead, nor is silent for long."""
    silent: dict[int, float | None] = {}
    wrong: list[str] = []
    for one in samples:
        name = f"{one.member} (pid {one.pid})"
        if one.live:
            silent[one.pid] = None
        elif one.pid in silent:
            since = silent[one.pid] or one.at
            silent[one.pid] = since
            if one.live is not None:
                wrong.append(f"{name} said that it is dead")
            elif one.at - since >= SILENT_SECONDS:
                wrong.append(f"{name} was silent for {SILENT_SECONDS:g} s")
                silent[one.pid] = None
    return some(wrong, "times liveness flapped")


def readiness_follows(samples: Sequence[Sample], outages: Sequence[Outage]) -> list[str]:
    """Unready within 15 s of losing what it needs, ready within 30 s of having it back."""
    wrong: list[str] = []
    for outage in outages:
        for name in sorted(outage.members):
            mine = [one for one in samples if one.member == name]
            noticed = [s.at for s in mine if not s.ready and outage.lost <= s.at <= outage.back]
            late = not noticed or noticed[0] - outage.lost > UNREADY_SECONDS
            if late and outage.back - outage.lost > UNREADY_SECONDS:
                wrong.append(f"{name} stayed ready for {UNREADY_SECONDS:g} s")
            well = [s.at for s in mine if s.ready and s.at >= outage.back]
            if not well or well[0] - outage.back > READY_SECONDS:
                wrong.append(f"{name} was not ready {READY_SECONDS:g} s after")
    return wrong
