"""Each package declares exactly what it imports."""

from pathlib import Path

from npp_ops.checks.check import Report, run
from npp_ops.checks.workspace import Package, packages, tool

# Distributions whose import name differs; the editable installs do not tell it themselves.
MODULES = "npp-contracts=npp_contracts,npp-chassis=chassis,npp-ops=npp_ops"


def check_dependencies(root: Path) -> Report:
    """Run deptry in each package; its exceptions stand in the package's own pyproject.toml."""
    findings = [line for package in packages(root) for line in unused_or_undeclared(package)]
    return Report(findings, f"{len(packages(root))} packages")


def unused_or_undeclared(package: Package) -> list[str]:
    """What deptry says of one package, one line each."""
    command = [tool("deptry"), "src", "--no-ansi", "--package-module-name-map", MODULES]
    said = run(command, package.folder).findings
    return [f"{package.folder.name}: {line}" for line in said if "DEP0" in line or "Error" in line]
