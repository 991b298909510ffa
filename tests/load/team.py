"""The processes that do one side's work together: started, let go at once, watched, counted."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from npp_ops.home import CHECKOUT

from .measure import Sample
from .stage import Stage, wal

_LIMIT_SECONDS: Final = 1800.0
_ENOUGH: Final = 5_000


@dataclass(slots=True)
class Outcome:
    """What a team did. wall: seconds from the first one's begin to the last one's end.

    count: all events, whose log is `wal`; measured: those of them that wall and cpu are about.
    """

    count: int
    measured: int
    wall: float
    cpu: float
    wal: float
    memory: float
    trace: list[tuple[float, int]]

    @property
    def sample(self) -> Sample:
        """The same per event."""
        return {
            "rate": self.measured / self.wall,
            "cpu": self.cpu / self.measured * 1e6,
            "wal": self.wal / self.count,
            "memory": self.memory,
        }


@dataclass(slots=True)
class _Process:
    process: asyncio.subprocess.Process
    side: str
    log: Path
    share: int | None = None
    count: int = 0
    result: dict[str, Any] = field(default_factory=dict)

    async def follow(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            said = json.loads(line)
            self.share = said.get("ready", self.share)
            self.count = said.get("count", self.count)
            self.result = said.get("result", self.result)
        await self.process.wait()
        if not self.result:
            raise RuntimeError(f"{self.side} died:\n{self.log.read_text()[-2000:]}")

    def tell(self, word: str) -> None:
        # One that has ended by itself hears nothing any more.
        if self.process.stdin is not None and not self.process.stdin.is_closing():
            self.process.stdin.write(f"{word}\n".encode())


@dataclass(slots=True)
class Team:
    """A side, and how many processes share it.

    count: how many events there are, where that is known. shares: what they share out (partitions,
    shards); they are let go once it is all taken. alone: whether they end by themselves. done:
    tells when the work is done where the processes don't know it.
    """

    stage: Stage
    side: str
    given: dict[str, Any]
    count: int | None = None
    alone: bool = False
    processes: int = 1
    shares: int | None = None
    done: Callable[[], Awaitable[bool]] | None = None
    _members: list[_Process] = field(default_factory=list)

    async def work(self) -> Outcome:
        """Do it."""
        following: list[asyncio.Task[None]] = []
        try:
            async with asyncio.timeout(_LIMIT_SECONDS):
                for number in range(self.processes):
                    self._members.append(await self._start(number))
                following = [asyncio.create_task(each.follow()) for each in self._members]
                await self._until(following, self._shared_out)
                before = await wal(self.stage.postgres)
                self._tell("go")
                seen = await self._finished(following)
                self._tell("stop")
                await asyncio.gather(*following)
                written = await wal(self.stage.postgres) - before
            return self._outcome(written, seen)
        finally:
            for each, task in zip(self._members, following, strict=False):
                task.cancel()
                if each.process.returncode is None:
                    each.process.kill()
                    await each.process.wait()

    async def _start(self, number: int) -> _Process:
        log = self.stage.logs / f"{self.side}-{number}.log"
        with log.open("wb") as errors:
            return _Process(
                await _spawn(self.side, self._warm(), self.given, errors), self.side, log
            )

    def _warm(self) -> int:
        # A tenth; of a look, nothing.
        count = self.count or 0
        return count // 10 // self.processes if count >= _ENOUGH else 0

    def _tell(self, word: str) -> None:
        for each in self._members:
            each.tell(word)

    def _shared_out(self) -> bool:
        shares = [each.share for each in self._members]
        known = [share for share in shares if share is not None]
        if len(known) < len(shares) or self.shares is None:
            return len(known) == len(shares)
        return sum(known) == self.shares and min(known) >= self.shares // self.processes

    async def _until(
        self, following: list[asyncio.Task[None]], reached: Callable[[], bool]
    ) -> None:
        while not reached():
            _raise_if_died(following)
            await asyncio.sleep(0.01)

    async def _finished(self, following: list[asyncio.Task[None]]) -> float | None:
        """When the work was seen done, if it was for us to see."""
        if self.done is not None:
            while not await self.done():
                _raise_if_died(following)
                await asyncio.sleep(0.005)
            return time.monotonic()
        if self.alone or self.count is None:
            await asyncio.gather(*following)
        else:
            await self._until(following, self._all_told)
        return None

    def _all_told(self) -> bool:
        return sum(each.count for each in self._members) >= (self.count or 0)

    def _outcome(self, written: float, seen: float | None) -> Outcome:
        results = [each.result for each in self._members]
        began = min(result["began"] for result in results)
        ended = seen or max(result["ended"] for result in results)
        count = self.count or sum(result["count"] for result in results)
        # Who can't tell the end may have worked on after its last progress.
        cpu = "cpu" if seen is None else "cpu_until_stopped"
        return Outcome(
            count,
            count - sum(result["skipped"] for result in results),
            ended - began,
            sum(result[cpu] for result in results),
            written,
            max(result["memory"] for result in results),
            results[0]["trace"],
        )


def _raise_if_died(following: list[asyncio.Task[None]]) -> None:
    for task in following:
        if task.done():
            task.result()
            raise RuntimeError("a process of a side ended before the work was done")


async def _spawn(
    side: str, warm: int, given: dict[str, Any], errors: IO[bytes]
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.load.member",
        side,
        str(warm),
        json.dumps(given),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=errors,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        limit=64 * 2**20,
    )
