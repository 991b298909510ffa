"""No committed file names a package registry's host or a path of somebody's machine."""

import re
from pathlib import Path

from npp_ops.checks.check import Report
from npp_ops.checks.workspace import tracked_files

# Written apart, so that this file does not find itself.
REGISTRIES = (
    "pypi org",
    "pythonhosted org",
    "npmjs org",
    "npmjs com",
    "yarnpkg com",
    "repo1 maven org",
    "repo maven apache org",
    "crates io",
    "proxy golang org",
    "deb debian org",
)
HOST = re.compile(
    "|".join(rf"\b{name}\b".replace(" ", r"\.") for name in REGISTRIES), re.IGNORECASE
)
MACHINE_PATH = re.compile(r"(?<![\w.~}])/(?:home/(?!npp\b)|Users/|root/|work/|opt/wheels)[\w.-]*")


def check_places(root: Path) -> Report:
    """Scan every tracked text file."""
    findings, scanned = list[str](), 0
    for name in tracked_files(root):
        try:
            text = (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        scanned += 1
        for number, line in enumerate(text.splitlines(), start=1):
            findings += [
                f"{name}:{number}: {found.group()}"
                for pattern in (HOST, MACHINE_PATH)
                for found in pattern.finditer(line)
            ]
    return Report(findings, f"{scanned} files")
