"""A check: a name, what it says, and the command that mends what it finds."""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. No findings means the check passed; the note is printed either way."""

    findings: Sequence[str] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One guard. `mend` is the command or the edit that makes it pass again."""

    name: str
    run: Callable[[Path], Report]
    mend: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A guard that is a program: it passes when the program exits with 0."""

    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, root: Path) -> Report:
        """Run the program in the root of the checkout."""
        return run(self.command, root, self.environment)


def run(command: Sequence[str], where: Path, environment: dict[str, str] | None = None) -> Report:
    """Run a program; its output is the finding when it fails, its last line the note when not."""
    done = subprocess.run(
        command,
        cwd=where,
        env=environment or None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode:
        return Report(lines or [f"{command[0]} exited with {done.returncode}"])
    return Report(note=lines[-1] if lines else "")
