"""An event loop without sockets and without a clock of its own: the model decides what is next."""

import asyncio
from collections.abc import Callable


class Loop(asyncio.BaseEventLoop):
    """Runs what is ready; when nothing is, asks `idle`, giving the seconds until the next timer.

    `idle` makes something ready, moves the time on, or stops the loop. So whatever runs here runs
    the same way each time.
    """

    def __init__(self, idle: Callable[[float | None], None]) -> None:
        super().__init__()
        self._idle = idle
        self._present = 0.0
        self._selector = self

    def time(self) -> float:
        return self._present

    def advance(self, seconds: float) -> None:
        self._present += seconds

    def select(self, timeout: float | None) -> list[object]:
        if timeout is None or timeout > 0:
            self._idle(timeout)
        return []

    def _process_events(self, _: list[object]) -> None: ...

    def _write_to_self(self) -> None: ...
