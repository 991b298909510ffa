"""Scratch workspaces, to break a rule in and see the rule's own check fail."""

import shutil
import subprocess
from pathlib import Path

import pytest

from npp_ops.checks.workspace import packages

ROOT = Path(__file__).parents[2]
PROJECT = '[project]\nname = "{}"\nversion = "0.1.0"\ndependencies = []\n'
# One module per layer: a service that breaks nothing.
LAYERS = [
    "__main__",
    "app",
    "api",
    "consumers",
    "files",
    "webhooks",
    "commands",
    "projections",
    "feeds",
    "store",
    "domain",
    "settings",
]


def write(root: Path, name: str, text: str) -> None:
    """Put a file into a scratch workspace, or more lines into one that is there."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text() if path.exists() else ""
    path.write_text(before + text)


def add_sample_service(root: Path) -> None:
    for module in ("__init__", *LAYERS):
        write(root, f"services/sample/src/sample/{module}.py", '"""A sample."""\n')
    write(root, "services/sample/pyproject.toml", PROJECT.format("npp-sample"))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Every package as it is, and a sixth service beside the five."""
    for package in packages(ROOT):
        target = tmp_path / package.folder.relative_to(ROOT)
        shutil.copytree(
            package.source, target / "src", ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copy(package.folder / "pyproject.toml", target)
    add_sample_service(tmp_path)
    return tmp_path


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """The smallest workspace, under git and with this one's settings."""
    for package in packages(ROOT):
        if "services" not in package.folder.parts:
            folder = package.folder.relative_to(ROOT)
            write(tmp_path, f"{folder}/src/{package.module}/__init__.py", '"""A package."""\n')
            project = (
                f'[project]\nname = "{package.module}"\nversion = "0.1.0"\ndependencies = []\n'
            )
            write(tmp_path, f"{folder}/pyproject.toml", project)
    add_sample_service(tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return tmp_path
