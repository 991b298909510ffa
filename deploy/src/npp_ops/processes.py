"""Child processes in their own process groups, known by pid and creation time, never by name."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import psutil

from npp_ops.servers.account import Account


class ProcessDied(Exception):
    """A process ended while we waited for it; the message carries the end of its log."""


def _has_ended(process: psutil.Process) -> bool:
    # A killed process is a zombie by its first thread; its ports are held until the last has gone.
    return process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1


@dataclass(frozen=True, slots=True)
class Process:
    """A started process. The creation time tells it from a later one with the same pid."""

    name: str
    pid: int
    created: float
    log: str

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def alive(self) -> bool:
        return self._find() is not None

    def _find(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 1
            return process if same and not _has_ended(process) else None
        except psutil.NoSuchProcess:
            return None

    def resident_bytes(self) -> int:
        process = self._find()
        return process.memory_info().rss if process else 0

    def listens_on(self, port: int) -> bool:
        """Whether it is this process, and no other, that has the port."""
        process = self._find()
        return process is not None and any(
            one.status == psutil.CONN_LISTEN and one.laddr.port == port
            for one in process.net_connections("inet")
        )

    def log_tail(self, lines: int = 15) -> str:
        try:
            return "\n".join(Path(self.log).read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def send(self, number: int = signal.SIGTERM) -> None:
        if process := self._find():
            process.send_signal(number)

    def stop(self, *, patience: float = 25, with_signal: int = signal.SIGTERM) -> bool:
        """Ask it to stop and wait; kill its group when patience ends. False means it was killed."""
        self.send(with_signal)
        if self.gone_within(patience):
            return True
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.gone_within(10)
        return False

    def gone_within(self, seconds: float) -> bool:
        process = self._find()
        try:
            if process:
                process.wait(timeout=seconds)
        except psutil.TimeoutExpired:
            return not self.alive()
        return True

    def wait_until(self, ready: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Poll until ready; ProcessDied or TimeoutError, with the log's end, if it never is."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.alive():
                raise ProcessDied(f"{self.name} ended before {what}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name}: no {what} in {seconds:g} s:\n{self.log_tail()}")
            time.sleep(0.05)


def start(
    name: str,
    command: Sequence[str | Path],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    account: Account | None = None,
) -> Process:
    """Start a command in its own session, its output appended to the log.

    Without an environment it inherits ours.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,
            **(account.popen_arguments() if account else {}),
        )
    return Process(name, child.pid, psutil.Process(child.pid).create_time(), str(log))


def stop_all(processes: Iterable[Process], *, patience: float = 25) -> list[Process]:
    """Ask all at once, wait for all; returns those that had to be killed."""
    asked = list(processes)
    deadline = time.monotonic() + patience
    for process in asked:
        process.send()
    late = [p for p in asked if not p.gone_within(max(0.0, deadline - time.monotonic()))]
    for process in late:
        process.stop(patience=0, with_signal=signal.SIGKILL)
    return late
