"""One side as a process: `python -m tests.load.member <side> <warm> <arguments as JSON>`."""

# It says how large its share is (ready), begins when it reads "go", tells how far it has come
# (count) and ends with its result, by itself or when it reads "stop". Its first `warm` events are
# not measured: they prepare statements and fill caches, as in any process that runs for days.

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import psutil
import uvloop

SIDES: Final = {
    "copy": "tests.load.floors.consuming",
    "read": "tests.load.floors.consuming",
    "produce": "tests.load.floors.producing",
    "transaction": "tests.load.floors.inserting",
    "statement": "tests.load.floors.inserting",
    "project": "tests.load.sides.consuming",
    "nothing": "tests.load.sides.consuming",
    "relay": "tests.load.sides.relaying",
    "commit": "tests.load.sides.committing",
    "faststream_relay": "tests.load.peers.faststream_relay",
    "faststream_commit": "tests.load.peers.faststream_commit",
    "txoutbox_relay": "tests.load.peers.txoutbox_relay",
    "txoutbox_commit": "tests.load.peers.txoutbox_commit",
}
_TELL_SECONDS: Final = 0.02


class Member:
    """What a side tells the bench, and the other way round."""

    def __init__(self, warm: int = 0) -> None:
        self.going = asyncio.Event()
        self.stopping = asyncio.Event()
        self.trace: list[tuple[float, int]] = []
        self.count = 0
        self.warm = warm
        self._told = 0
        self._share: int | None = None
        self._first: tuple[float, float] | None = None
        self._began: tuple[float, float] | None = None
        self._skipped = 0
        self._ended: tuple[float, float] | None = None

    def ready(self, share: int = 1) -> None:
        """Say what part of the work this process has, again whenever that changes."""
        if self._share is None:
            # As every process of ours does; the floors and the others' have as much of it.
            gc.collect()
            gc.freeze()
            gc.set_threshold(50_000, 50, 100)
        if self._share != share:
            self._share = share
            _say(ready=share)

    def begin(self, at: tuple[float, float] | None = None) -> None:
        """More work begins now, or began then. The clock starts once `warm` events are done."""
        if self._began is not None:
            return
        began = at or instant()
        if self._first is None:
            self._first = began
            self.trace.append((began[0], 0))
        if self.count >= self.warm:
            self._began, self._skipped = began, self.count

    def progress(self, number: int = 1) -> None:
        """So many more are done."""
        self.count += number
        self._ended = instant()
        if number > 1:
            self.trace.append((self._ended[0], self.count))

    async def run(self, side: Callable[..., Awaitable[None]], given: dict[str, Any]) -> None:
        """Run the side to its end."""
        listening = asyncio.create_task(self._listen())
        telling = asyncio.create_task(self._tell())

        async def to_the_end() -> None:
            await side(self, **given)

        working = asyncio.create_task(to_the_end())
        stopped = asyncio.create_task(self.stopping.wait())
        await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped_at = instant()
        # What follows the last progress is idle or tidies up.
        ended = self._ended or stopped_at
        began, skipped = self._measured_from(stopped_at)
        await working
        for task in (listening, telling, stopped):
            task.cancel()
        _say(
            result={
                "began": began[0],
                "ended": ended[0],
                "cpu": ended[1] - began[1],
                "cpu_until_stopped": stopped_at[1] - began[1],
                "count": self.count,
                "skipped": skipped,
                "memory": _most_resident(),
                "trace": self.trace,
            }
        )

    def _measured_from(self, otherwise: tuple[float, float]) -> tuple[tuple[float, float], int]:
        # So few events that they came in a few large batches: then the first ones count too.
        if self._began is None or self._skipped > self.count // 3:
            return self._first or otherwise, 0
        return self._began, self._skipped

    async def _listen(self) -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            (self.going if line.strip() == b"go" else self.stopping).set()
        # Nobody measures any more.
        self.stopping.set()

    async def _tell(self) -> None:
        while True:
            if self.count != self._told:
                self._told = self.count
                _say(count=self.count)
            await asyncio.sleep(_TELL_SECONDS)


def instant() -> tuple[float, float]:
    """Seconds on the machine's clock, which its processes share, and of processor time."""
    return time.monotonic(), time.process_time()


def _most_resident() -> float:
    """MiB. Not getrusage's figure, in which Linux counts what was resident before exec."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return psutil.Process().memory_info().rss / 2**20
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _say(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run the side that is named."""
    name, warm, given = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
    side = getattr(import_module(SIDES[name]), name)
    with suppress(KeyboardInterrupt, BrokenPipeError):
        uvloop.run(_run(side, warm, given))


async def _run(side: Callable[..., Awaitable[None]], warm: int, given: dict[str, Any]) -> None:
    await Member(warm).run(side, given)


if __name__ == "__main__":
    main()
