"""The import rules of imports.ini, run by import-linter over every service there is."""

import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from npp_ops.checks.check import Report, run
from npp_ops.checks.workspace import import_path, services, tool


def check_imports(root: Path) -> Report:
    """Expand the rules for this checkout's services and let import-linter judge them."""
    rules = files("npp_ops.checks").joinpath("imports.ini").read_text()
    with tempfile.TemporaryDirectory() as scratch:
        config = Path(scratch, "imports.ini")
        config.write_text(expand(rules, services(root)))
        command = [tool("lint-imports"), "--config", str(config), "--no-logo", "--no-cache"]
        report = run(command, root, import_path(root) | {"COLUMNS": "200", "NO_COLOR": "1"})
    return Report(broken(report.findings), report.note)


def broken(lines: Sequence[str]) -> list[str]:
    """The part of import-linter's report that names what is wrong, without its blank lines."""
    told = lines[lines.index("Broken contracts") + 2 :] if "Broken contracts" in lines else lines
    return [line for line in told if line.strip(" -")]


def expand(rules: str, names: list[str]) -> str:
    """Repeat a line that mentions <service> for each service; <services> stands for all of them."""
    lines = []
    for line in rules.splitlines():
        if "<service>" in line and not line.startswith(";"):
            lines += [line.replace("<service>", name) for name in names]
        else:
            lines.append(line.replace("<services>", " | ".join(names)))
    return "\n".join(lines)
