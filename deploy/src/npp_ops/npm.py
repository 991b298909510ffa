"""Packages from npm, for building and checking: locked, and never a part of what runs."""

import fcntl
import os
import shutil
import sys
from hashlib import sha256
from pathlib import Path
from subprocess import PIPE, STDOUT, run

from npp_ops.home import Home

NODE = Path(sys.executable).parent
"""Where the environment has Node and npm."""


class NpmFailed(Exception):
    """What npm said when it could not install what the lock names."""


def installed(source: Path, *options: str) -> Path:
    """A folder in which the packages of this folder's lock are installed; made once per lock."""
    name = sha256((source / "package-lock.json").read_bytes()).hexdigest()[:12]
    cache = Home.shared_cache() / "npm"
    folder = cache / name
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            folder.mkdir(exist_ok=True)
            for each in ("package.json", "package-lock.json"):
                shutil.copy(source / each, folder / each)
            _install(folder, options)
            (folder / "ready").touch()
    return folder


def _install(folder: Path, options: tuple[str, ...]) -> None:
    command = [str(NODE / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", *options]
    env = {**os.environ, "PATH": f"{NODE}{os.pathsep}{os.environ['PATH']}"}
    done = run(command, check=False, cwd=folder, env=env, stdout=PIPE, stderr=STDOUT, text=True)
    if done.returncode:
        raise NpmFailed(f"npm ci failed:\n{done.stdout}")
