"""The account that PostgreSQL runs under, since it refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Account:
    """An existing unprivileged user and its group."""

    uid: int
    gid: int

    @classmethod
    def for_server(cls) -> Self | None:
        """`nobody` when we are root, else None: run as whoever we are."""
        if os.geteuid() != 0:
            return None
        entry = pwd.getpwnam("nobody")
        return cls(entry.pw_uid, entry.pw_gid)

    def popen_arguments(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def reaches(self, path: Path) -> bool:
        """Whether this user can traverse every folder down to the path."""
        probe = ["/bin/sh", "-c", 'test -x "$0"', str(path)]
        done = subprocess.run(probe, check=False, cwd="/", **self.popen_arguments())
        return done.returncode == 0

    def give(self, folder: Path) -> None:
        """Hand a folder that we have just made to this user."""
        os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)
