"""Service processes of the arena: started as the stack starts them, and again when they die."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from npp_ops.ports import LOOPBACK, free_port
from npp_ops.processes import Process, start

from .waiting import until

READY_SECONDS: Final = 120.0
"""How long the machine may take to start a process; I9 has its own bounds."""
TERM_SECONDS: Final = 25.0
# What nobody has sent can't be told from what a fault has made.
_STILL: Final = {"SANDBOX_PER_MINUTE": "0"}
_PRIVATE: Final = ("NPP_", "DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS")


@dataclass(slots=True)
class Member:
    """One process of a service. It keeps its name and port when it is started again.

    role: with its arguments, where it takes any. management: the port of its metrics.
    fault: its NPP_FAULT in this life. expected: its death is the row's doing. frozen: it is
    stopped by SIGSTOP, so that its silence proves nothing.
    """

    name: str
    service: str
    role: str
    port: int
    management: int
    process: Process
    settings: Mapping[str, str]
    fault: str | None = None
    expected: bool = False
    frozen: bool = False
    leaving: bool = False
    born: float = field(default_factory=time.monotonic)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def metrics_url(self) -> str:
        return f"http://{LOOPBACK}:{self.management}/metrics"

    @property
    def pid(self) -> int:
        return self.process.pid


class Crew:
    """All members; whoever dies is started again at once, without a fault, and counted.

    crashes: members that ended otherwise than by SIGTERM. surprises: those among them that
    nobody had meant to kill, in words.
    """

    def __init__(
        self,
        environment: Callable[[str], Mapping[str, str]],
        folder: Path,
        logs: Path,
        remember: Callable[[Process], None],
    ) -> None:
        self._environment = environment
        self._folder = folder
        self._logs = logs
        self._remember = remember
        self.members: dict[str, Member] = {}
        self.crashes = 0
        self.surprises: list[str] = []
        self._supervising: asyncio.Task[None] | None = None

    def __getitem__(self, name: str) -> Member:
        return self.members[name]

    def of(self, service: str) -> list[Member]:
        """The members of one service."""
        return [member for member in self.members.values() if member.service == service]

    def supervise(self) -> None:
        """From now on the dead are started again."""
        self._supervising = asyncio.create_task(self._supervise())

    def start(
        self,
        service: str,
        role: str = "run",
        *,
        name: str | None = None,
        port: int | None = None,
        fault: str | None = None,
        **settings: str,
    ) -> Member:
        """Start a process; await arena.ready(member) before relying on it.

        name: of the member, the service's own when left out. settings: more of its environment.
        """
        name = name or service
        ports = port or free_port(), free_port()
        process = self._begin(name, service, role, ports, {**settings, **_fault(fault)})
        member = Member(name, service, role, *ports, process, settings, fault, expected=bool(fault))
        self.members[name] = member
        return member

    async def stop(self, member: Member) -> float:
        """End it by SIGTERM and let it go; seconds it took. TimeoutError after 25 s."""
        member.leaving = True
        begun = time.monotonic()
        member.process.send(signal.SIGTERM)
        try:
            await until(
                lambda: not member.process.alive(), TERM_SECONDS, f"{member.name} ends by SIGTERM"
            )
        except TimeoutError:
            self.kill_for_good(member)
            raise
        self.members.pop(member.name, None)
        return time.monotonic() - begun

    async def replace(self, member: Member, *, fault: str | None = None) -> tuple[Member, float]:
        """End it by SIGTERM and start it again, perhaps with a fault; and how long its end took."""
        seconds = await self.stop(member)
        name, port = member.name, member.port
        again = self.start(
            member.service, member.role, name=name, port=port, fault=fault, **member.settings
        )
        return again, seconds

    def kill(self, member: Member) -> None:
        """End it by SIGKILL; it will be started again."""
        member.expected = True
        member.process.send(signal.SIGKILL)

    def kill_for_good(self, member: Member) -> None:
        """End it by SIGKILL and forget it; counted as a crash."""
        self.members.pop(member.name, None)
        self.crashes += 1
        member.leaving = True
        member.process.send(signal.SIGCONT)
        member.process.send(signal.SIGKILL)
        member.process.gone_within(10)

    def freeze(self, member: Member) -> None:
        """SIGSTOP."""
        member.frozen = True
        member.process.send(signal.SIGSTOP)

    def frozen(self, member: Member) -> None:
        """It has stopped itself, by a fault."""
        member.frozen = True

    def thaw(self, member: Member) -> None:
        """SIGCONT."""
        member.process.send(signal.SIGCONT)
        member.frozen = False

    async def end(self) -> None:
        """Stop all of them, by force where they don't listen."""
        if self._supervising is not None:
            self._supervising.cancel()
            await asyncio.gather(self._supervising, return_exceptions=True)
        for member in self.members.values():
            member.process.send(signal.SIGCONT)
            member.process.send(signal.SIGTERM)
        for member in self.members.values():
            with suppress(ProcessLookupError):
                await asyncio.to_thread(member.process.stop, patience=TERM_SECONDS)

    async def _supervise(self) -> None:
        while True:
            for member in list(self.members.values()):
                if not member.leaving and not member.process.alive():
                    self._revive(member)
            await asyncio.sleep(0.05)

    def _revive(self, member: Member) -> None:
        self.crashes += 1
        if not member.expected:
            self.surprises.append(f"{member.name} died:\n{member.process.log_tail(30)}")
        member.process = self._begin(
            member.name,
            member.service,
            member.role,
            (member.port, member.management),
            member.settings,
        )
        member.fault, member.expected, member.frozen = None, False, False
        member.born = time.monotonic()

    def _begin(
        self,
        name: str,
        service: str,
        role: str,
        ports: tuple[int, int],
        settings: Mapping[str, str],
    ) -> Process:
        of = dict(zip(("HTTP_PORT", "MANAGEMENT_PORT"), map(str, ports), strict=True))
        told = {**self.environment(service), **of, **settings}
        command = [sys.executable, "-m", service, *role.split()]
        log = self._logs / f"{name}.log"
        process = start(name, command, log, environment=told, folder=self._folder)
        self._remember(process)
        return process

    def environment(self, service: str) -> dict[str, str]:
        """What a process of a service is told."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(_PRIVATE)}
        return {**inherited, **self._environment(service), "ENVIRONMENT": "test", **_STILL}


def _fault(fault: str | None) -> dict[str, str]:
    return {} if fault is None else {"NPP_FAULT": fault}
