"""Code under test with one protection taken away: what the model must notice."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .run import Shape


@dataclass(frozen=True, slots=True)
class Mutant:
    """What is wrong with it, the shape of run that must notice, and the wrong code's place."""

    flaw: str
    shape: Shape
    changes: Sequence[tuple[Any, str, Any]]

    @contextmanager
    def alive(self) -> Iterator[None]:
        before = [(where, name, where.__dict__[name]) for where, name, _ in self.changes]
        for where, name, wrong in self.changes:
            setattr(where, name, wrong)
        try:
            yield
        finally:
            for where, name, right in before:
                setattr(where, name, right)
