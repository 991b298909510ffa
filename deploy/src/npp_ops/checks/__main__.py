"""Run every check side by side: `make check`, or `make check ONLY="types sizes"`."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from npp_ops.checks.check import Check, Report, Tool
from npp_ops.checks.dependencies import check_dependencies
from npp_ops.checks.generated import check_generated
from npp_ops.checks.imports import check_imports
from npp_ops.checks.licences import check_licences
from npp_ops.checks.lock import check_lock
from npp_ops.checks.places import check_places
from npp_ops.checks.secrets import check_secrets
from npp_ops.checks.sizes import check_names, check_sizes
from npp_ops.checks.types import check_types
from npp_ops.checks.workspace import tool

# The slowest first, so that the quick ones fill the gaps.
CHECKS = (
    Check("types", check_types, "correct the types named; `make check ONLY=types` runs mypy alone"),
    Check("imports", check_imports, "move the import as the rule says; rules: npp_ops/checks"),
    Check(
        "secrets", check_secrets, "remove and revoke it; a harmless one: # pragma: allowlist secret"
    ),
    Check(
        "dependencies", check_dependencies, "edit the package's pyproject.toml, then `make lock`"
    ),
    Check("generated", check_generated, "`make generate`, and commit what it wrote"),
    Check("licences", check_licences, "replace the dependency, or record why in docs/adr/"),
    Check(
        "format",
        Tool([tool("ruff"), "format", "--quiet", "--check", "--output-format=concise", "."]),
        "`make fix`",
    ),
    Check(
        "lint",
        Tool([tool("ruff"), "check", "--quiet", "--output-format=concise", "."]),
        "`make fix`, and by hand what it leaves",
    ),
    Check("sizes", check_sizes, "split the file or function by what it is about"),
    Check("names", check_names, "name the thing after what it holds; docstring of one line"),
    Check("lock", check_lock, "`make lock`"),
    Check("places", check_places, "name the thing, not the host or the path on your machine"),
)


def timed(check: Check, root: Path) -> tuple[Report, float]:
    """One check's report and its seconds."""
    begun = time.perf_counter()
    return check.run(root), time.perf_counter() - begun


def main() -> int:
    """Print one line per check, and of each that failed its findings and what mends it."""
    console, root = Console(soft_wrap=True, highlight=False), Path.cwd()
    wanted = [check for check in CHECKS if check.name in (sys.argv[1:] or [check.name])]
    failed = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        running = {pool.submit(timed, check, root): check for check in wanted}
        for done in as_completed(running):
            check, (report, seconds) = running[done], done.result()
            verdict = "[red]FAIL[/]" if report.findings else "[green]ok[/]  "
            console.print(f"{verdict} {check.name:13}{seconds:5.1f} s  {escape(report.note)}")
            if report.findings:
                failed.append(check.name)
                console.print(escape("\n".join(f"     {line}" for line in report.findings)))
                console.print(f"     [bold]mend:[/] {escape(check.mend)}")
    console.print(f"{len(wanted) - len(failed)} checks passed, {len(failed)} failed {failed or ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
