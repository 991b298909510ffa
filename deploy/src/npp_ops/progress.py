"""Progress on standard error: a spinner where somebody watches, a line per step elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

ERRORS = Console(stderr=True)
# A pipe has no width; tables that are searched and cut by tools must not be cut before.
OUTPUT = Console(width=None if sys.stdout.isatty() else 200)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Show what is being done while it is, then how long it took."""
    begun = time.monotonic()
    with ERRORS.status(what):
        yield
    ERRORS.print(f"[green]✓[/] {what} [dim]{time.monotonic() - begun:.1f} s[/]", highlight=False)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Show how many are done while they are; call what is yielded with how many more."""
    begun, done = time.monotonic(), 0
    with ERRORS.status(what) as shown:

        def more(number: int) -> None:
            nonlocal done
            done += number
            shown.update(f"{what}: {done:,}")

        yield more
    took = time.monotonic() - begun
    ERRORS.print(f"[green]✓[/] {what}: {done:,} [dim]{took:.1f} s[/]", highlight=False)
