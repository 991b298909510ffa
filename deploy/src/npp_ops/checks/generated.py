"""What is generated and committed is what the generators write today."""

import sys
from pathlib import Path

from npp_ops.checks.check import Report, run

# Each generator takes --check and exits with 1, naming the stale file, when it would write.
GENERATORS = (
    "npp_ops.contracts",
    "npp_ops.reference",
    "npp_ops.holdings",
    "reporting.feeds.golden",
    "reporting.api.bi.page",
)


def check_generated(root: Path) -> Report:
    """Ask every generator whether it would change a file."""
    findings = [
        line
        for module in GENERATORS
        for line in run([sys.executable, "-m", module, "--check"], root).findings
    ]
    return Report(findings)
