"""A small disk for a server's data, which can be filled to the last byte and freed again."""

import errno
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MEGABYTES: Final = 512
_CHUNK: Final = bytes(2**20)
_LEFTOVER: Final = bytes(512)


@dataclass(slots=True)
class Disk:
    """A file system of its own in memory, where mounting is allowed.

    refused: why it could not be mounted, in words; then the folder lies on the common disk.
    """

    folder: Path
    refused: str | None = None
    mounted: bool = False

    def mount(self) -> None:
        """Put it there; needs root."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m,mode=0711", "none"]
        try:
            done = subprocess.run(
                [*command, self.folder], check=False, capture_output=True, text=True
            )
        except OSError as missing:
            self.refused = str(missing)
            return
        self.mounted = done.returncode == 0
        self.refused = None if self.mounted else done.stderr.strip()

    def unmount(self) -> None:
        """Take it away with all that is on it."""
        if self.mounted:
            subprocess.run(["umount", "--lazy", self.folder], check=True)
            self.mounted = False

    def fill(self) -> int:
        """Leave no byte; returns how many it took. What others free meanwhile is taken too."""
        if not self.mounted:
            raise PermissionError(f"{self.folder} is no disk of its own")
        with self._ballast.open("ab", buffering=0) as file:
            for chunk in (_CHUNK, _LEFTOVER):
                try:
                    while file.write(chunk):
                        pass
                except OSError as full:
                    if full.errno != errno.ENOSPC:
                        raise
            return file.tell()

    def free(self) -> None:
        """Give the bytes back."""
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"
