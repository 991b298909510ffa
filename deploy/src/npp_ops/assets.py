"""Compile the dashboards' stylesheet from the locked npm package of the GOV.UK Design System."""

import subprocess
from pathlib import Path

from npp_ops.home import CHECKOUT
from npp_ops.npm import NODE, installed

SOURCE = CHECKOUT / "services" / "reporting" / "assets"
TARGET = CHECKOUT / "services/reporting/src/reporting/api/pages/static/govuk.css"


def compile_styles(source: Path, target: Path) -> None:
    """Write the stylesheet of the components that the source names."""
    modules = installed(source, "--omit=optional") / "node_modules"
    command = [str(NODE / "node"), str(modules / "sass" / "sass.js")]
    options = ["--style=compressed", "--no-source-map", f"--load-path={modules}"]
    unfinished = target.with_suffix(".part")
    subprocess.run([*command, *options, str(source / "govuk.scss"), str(unfinished)], check=True)
    unfinished.replace(target)


if __name__ == "__main__":
    compile_styles(SOURCE, TARGET)
