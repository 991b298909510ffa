"""Word from this process's consumers to its readers, that a feed has got longer."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

Positions = Mapping[str, int]


class Bell:
    """Rung after a commit. Readers in other processes do not hear it: they ask the database."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Positions], None]] = []

    def ring(self, positions: Positions) -> None:
        """These feeds now end at these positions."""
        for each in tuple(self._listeners):
            each(positions)

    @contextmanager
    def heard_by(self, listener: Callable[[Positions], None]) -> Iterator[None]:
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)


BELL: Final = Bell()
