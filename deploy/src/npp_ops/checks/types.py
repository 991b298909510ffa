"""Strict types over every package, migration and test."""

from pathlib import Path

from npp_ops.checks.check import Report, run
from npp_ops.checks.workspace import import_path, packages, tool


def check_types(root: Path) -> Report:
    """Run mypy once over the whole workspace, so that types agree across packages."""
    folders = [package.source for package in packages(root)]
    folders += [
        package.folder / name for package in packages(root) for name in ("tests", "migrations")
    ]
    folders.append(root / "tests")
    names = [str(folder.relative_to(root)) for folder in folders if any(folder.rglob("*.py"))]
    environment = import_path(root)
    del environment["PYTHONPATH"]
    return run([tool("mypy"), "--no-error-summary", *names], root, environment)
