"""A row of the table as data: a fault, where it hits, and the cases that are run for it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules

from . import rows as modules
from .arena import PLAIN, Arena
from .watch import Outage


class NotRun(Exception):
    """A case can't be run on this machine; the message says why."""


@dataclass(slots=True)
class Told:
    """What a case did and saw, told to the judge once its fault has healed.

    did: in words, with the figures that matter. violations: of what the case itself asserts.
    duplicates: how many in K are allowed, where it is not crashes × batch. repeatable: ids
    of the only events that may be there twice, where they are known. outages: what members had to
    notice.
    """

    did: str
    figures: dict[str, str | float] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    duplicates: int | None = None
    repeatable: frozenset[str] | None = None
    outages: Sequence[Outage] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One fault at one place. run: does it under load and returns once it has healed.

    quick: a part of the CI subset. load: whether the steady stream runs around it.
    """

    name: str
    run: Callable[[Arena], Awaitable[Told]]
    quick: bool = True
    load: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """id: F1 and up. without: the protection whose absence makes the row fail, and how."""

    id: str
    fault: str
    where: str
    without: str
    cases: Sequence[Case]
    setup: str = PLAIN


def every_row() -> list[Row]:
    """The rows of all modules, in the order of their numbers."""
    names = sorted(module.name for module in iter_modules(modules.__path__))
    return [import_module(f"{modules.__name__}.{name}").ROW for name in names]
