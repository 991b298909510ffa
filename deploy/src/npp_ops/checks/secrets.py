"""No committed file carries a password, key or token."""

import json
import subprocess
from pathlib import Path

from npp_ops.checks.check import Report
from npp_ops.checks.workspace import tool, tracked_files

# Hashes and ids are everywhere here and look like keys to an entropy test; the lock is hashes only.
NOISY = ("HexHighEntropyString", "Base64HighEntropyString")
# What a test or the local stack writes where a password must stand.
PLACEHOLDERS = "^(npp|test|secret|password|wrong|postgres)$"
SKIPPED = ("requirements.lock", "jgo.lock.toml", "package-lock.json")


def check_secrets(root: Path) -> Report:
    """Run detect-secrets over every tracked file."""
    names = [name for name in tracked_files(root) if Path(name).name not in SKIPPED]
    switches = [word for plugin in NOISY for word in ("--disable-plugin", plugin)]
    command = [
        tool("detect-secrets"),
        "scan",
        "--no-verify",
        "--exclude-secrets",
        PLACEHOLDERS,
        *switches,
        *names,
    ]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=True)
    findings = [
        f"{name}:{found['line_number']}: {found['type']}"
        for name, all_found in json.loads(done.stdout)["results"].items()
        for found in all_found
    ]
    return Report(findings, f"{len(names)} files")
