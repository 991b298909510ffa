"""Whether this process lives and whether it should get work."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

Check = Callable[[], Awaitable[str | None]]
CHECK_SECONDS: Final = 2.0


class Health:
    """Named checks of one process; each returns None when well, or what is wrong in words.

    `draining` is set at SIGTERM: the process still lives and wants no more work.
    """

    def __init__(self) -> None:
        self.draining = False
        self._checks: dict[str, Check] = {}
        self._loops: dict[str, Callable[[], bool]] = {}

    def add(self, name: str, check: Check) -> None:
        """Register what must be well before the process is ready."""
        self._checks[name] = check

    def add_loop(self, name: str, alive: Callable[[], bool]) -> None:
        """Register a run loop; once it has ended the process is dead and should be replaced."""
        self._loops[name] = alive

    def dead(self) -> list[str]:
        """The run loops that have ended."""
        return [name for name, alive in self._loops.items() if not alive()]

    async def problems(self) -> dict[str, str]:
        """What is wrong, by check; nothing when ready."""
        names = list(self._checks)
        answers = await asyncio.gather(*(_ask(self._checks[name]) for name in names))
        found = {name: answer for name, answer in zip(names, answers, strict=True) if answer}
        return found | ({"draining": "shutting down"} if self.draining else {})


async def _ask(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:g} s"
    except Exception as error:  # noqa: BLE001 - a check that breaks is a check that fails
        return type(error).__name__
