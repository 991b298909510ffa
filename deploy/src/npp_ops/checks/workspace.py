"""Where the packages of the workspace and their Python files are."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

GROUND = ("contracts", "chassis")
TOP = "deploy"


@dataclass(frozen=True, slots=True)
class Package:
    """One installable folder of the workspace, e.g. services/portfolio with src/portfolio."""

    folder: Path

    @property
    def module(self) -> str:
        """The name under which it is imported."""
        return next(found.parent.name for found in sorted(self.source.glob("*/__init__.py")))

    @property
    def source(self) -> Path:
        """The folder that is on the import path."""
        return self.folder / "src"


def services(root: Path) -> list[str]:
    """Names of the services, which are also their import names."""
    return sorted(found.parent.name for found in root.glob("services/*/pyproject.toml"))


def packages(root: Path) -> list[Package]:
    """Every package of the workspace, lowest layer first."""
    folders = [*GROUND, *(f"services/{name}" for name in services(root)), TOP]
    return [Package(root / folder) for folder in folders]


def python_files(root: Path) -> Iterator[Path]:
    """Every Python file of the project, relative to the root."""
    for top in (*GROUND, "services", TOP, "tests"):
        for found in sorted((root / top).rglob("*.py")):
            path = found.relative_to(root)
            if not any(part == "__pycache__" or part.startswith(".") for part in path.parts):
                yield path


def tracked_files(root: Path) -> list[str]:
    """Every file that is, or would be, committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=True)
    return [name for name in sorted(set(listed.stdout.splitlines())) if (root / name).is_file()]


def is_test(path: Path) -> bool:
    """True for files that only tests read."""
    return "tests" in path.parts


def tool(name: str) -> str:
    """The path of a program in the project's own environment."""
    return str(Path(sys.executable).with_name(name))


def import_path(root: Path) -> dict[str, str]:
    """The environment of a program that must import the packages of this root."""
    sources = os.pathsep.join(str(package.source) for package in packages(root))
    return os.environ | {"PYTHONPATH": sources, "MYPYPATH": sources}
