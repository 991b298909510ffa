"""`make bench`: the hot paths against their floors; the benches themselves are in tests/load."""

import subprocess
import sys
from collections.abc import Sequence

from npp_ops.home import CHECKOUT


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `python -m tests.load` in the checkout; an installed npp-ops has no benches."""
    given = sys.argv[1:] if arguments is None else arguments
    if not (CHECKOUT / "tests" / "load").is_dir():
        sys.stderr.write("the benches are a part of the checkout; run them there\n")
        return 1
    command = [sys.executable, "-m", "tests.load", *given]
    return subprocess.run(command, cwd=CHECKOUT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
