"""The lock: what each package brings with it at run time, and whether the lock still covers it."""

import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from npp_ops.checks.check import Report
from npp_ops.checks.workspace import packages

LOCK = "requirements.lock"
OWN = "npp-"


def pins(lock: str) -> dict[str, str]:
    """Name to its block of the lock: the pinned version and its hashes."""
    blocks = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", lock, re.MULTILINE | re.DOTALL)
    found: dict[str, str] = {}
    for block in blocks:
        name = canonicalize_name(re.split(r"[=\[]", block)[0])
        found[name] = found.get(name, "") + block
    return found


def closure(roots: Iterable[str]) -> set[str]:
    """Names of all distributions that are installed with these, on this machine."""
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(root) for root in roots]
    while waiting:
        wanted = waiting.pop()
        for extra in ("", *sorted(wanted.extras)):
            if (wanted.name, extra) not in seen:
                seen.add((wanted.name, extra))
                waiting += dependencies(wanted.name, extra)
    return {canonicalize_name(name) for name, _ in seen}


def dependencies(name: str, extra: str) -> list[Requirement]:
    """What one installed distribution asks for on this machine, with one of its extras."""
    try:
        declared = [Requirement(line) for line in requires(name) or []]
    except PackageNotFoundError:
        return []
    return [one for one in declared if one.marker is None or one.marker.evaluate({"extra": extra})]


def check_lock(root: Path) -> Report:
    """Every declared dependency is pinned in the lock, within the declared bounds."""
    pinned = pins((root / LOCK).read_text())
    findings = []
    for package in packages(root):
        project = tomllib.loads((package.folder / "pyproject.toml").read_text())["project"]
        extras = project.get("optional-dependencies", {}).values()
        for line in chain(project["dependencies"], *extras):
            wanted = Requirement(line)
            block = pinned.get(canonicalize_name(wanted.name), "")
            version = re.search(r"==([^\s;\\]+)", block)
            if wanted.name.startswith(OWN):
                continue
            if not version or not wanted.specifier.contains(version[1], prereleases=True):
                findings.append(f"{project['name']} needs {line}: not in {LOCK}")
    return Report(findings, f"{len(pinned)} distributions")


def main() -> None:
    """Print the part of the lock that the named packages need: `… lock npp-portfolio`."""
    pinned = pins(Path(LOCK).read_text())
    needed = closure(sys.argv[1:])
    sys.stdout.write("".join(block for name, block in pinned.items() if name in needed))


if __name__ == "__main__":
    main()
