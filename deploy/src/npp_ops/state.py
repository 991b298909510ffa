"""What a stack remembers between commands: ports, secrets, started processes; one private file."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from npp_ops.processes import Process


@dataclass(frozen=True, slots=True)
class Started:
    """A process and the fingerprint of how it was started: another one means start it anew."""

    process: Process
    fingerprint: str


@dataclass(slots=True)
class State:
    """Saved after every change, so that a crash of `npp` itself loses no process."""

    file: Path
    ports: dict[str, int] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    started: dict[str, Started] = field(default_factory=dict)

    @classmethod
    def load(cls, file: Path) -> "State":
        if not file.exists():
            return cls(file)
        data: dict[str, Any] = json.loads(file.read_text())
        started = {
            name: Started(Process.from_dict(entry["process"]), entry["fingerprint"])
            for name, entry in data["started"].items()
        }
        return cls(file, data["ports"], data["secrets"], data["given"], started)

    def save(self) -> None:
        data = {
            "ports": self.ports,
            "secrets": self.secrets,
            "given": self.given,
            "started": {
                name: {"process": one.process.to_dict(), "fingerprint": one.fingerprint}
                for name, one in self.started.items()
            },
        }
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
            json.dump(data, output, indent=1)
        fresh.replace(self.file)

    def secret(self, name: str) -> str:
        """A random secret of that name, the same at every call."""
        return self.secrets.setdefault(name, secrets.token_urlsafe(24))

    def alive(self, name: str) -> bool:
        started = self.started.get(name)
        return started is not None and started.process.alive()


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait for another `npp up`, `down` or `clean` of the same stack."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
