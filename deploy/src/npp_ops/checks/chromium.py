"""Put Debian's Chromium on this machine for the browser tests, where that is allowed."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
LOUD = """
************************************************************************
  THE BROWSER TESTS WILL NOT RUN: no Chromium here, and {reason}.
  Mend: install Debian's package `chromium`, then `make test` again.
************************************************************************
"""


def chromium() -> str | None:
    """The path of the machine's Chromium, if it has one."""
    return next((found for found in map(shutil.which, NAMES) if found), None)


def install() -> str:
    """Install it; empty when it worked, otherwise the reason why not."""
    apt = shutil.which("apt-get")
    if not apt:
        return "this machine has no apt-get"
    if os.geteuid() != 0:
        return "installing it needs root"
    for step in (
        ["update", "-qq"],
        ["install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ):
        done = subprocess.run(
            [apt, *step],
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            return f"`apt-get {step[0]}` failed"
    return ""


def main() -> None:
    """Install when missing; a machine that may not is no failure, but it is told."""
    if chromium() is None and (reason := install()):
        sys.stderr.write(LOUD.format(reason=reason))


if __name__ == "__main__":
    main()
