"""What runs in production is under licences that ask for no source code in return."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from npp_ops.checks.check import Report
from npp_ops.checks.lock import OWN, closure
from npp_ops.checks.workspace import services, tool

# Weak copyleft (MPL: certifi) is fine unmodified; GPL, AGPL and LGPL are not on the list.
ALLOWED = ("MIT", "BSD", "Apache", "ISC", "PSF", "Python Software Foundation", "MPL", "Mozilla")
REFUSED = ("GPL", "General Public License", "Affero")


def check_licences(root: Path) -> Report:
    """Look at the whole run-time closure of contracts, chassis and services."""
    return unfit(f"{OWN}{name}" for name in services(root))


def unfit(roots: Iterable[str]) -> Report:
    """Distributions that come with these and whose licence is not on the list."""
    names = sorted(name for name in closure(roots) if not name.startswith(OWN))
    command = [tool("pip-licenses"), "--from=mixed", "--format=json", "--packages", *names]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    findings = [
        f"{found['Name']} {found['Version']}: {found['License']}"
        for found in json.loads(done.stdout)
        if not allowed(found["License"])
    ]
    return Report(findings, f"{len(names)} distributions")


def allowed(licence: str) -> bool:
    """True when the stated licence is on the list and nothing stronger stands beside it."""
    return any(name in licence for name in ALLOWED) and not any(name in licence for name in REFUSED)
