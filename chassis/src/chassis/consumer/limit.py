"""When dead letters stop being an exception: a bad release must not drain a topic into them."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from chassis.consumer.ordering import Plan
from chassis.consumer.received import Received
from chassis.consumer.sheet import Sheet

IN_A_ROW: Final = 20
SHARE: Final = 0.2
_WINDOW: Final = 500
_ENOUGH: Final = 100


class TooManyDeadLetters(Exception):
    """One partition's dead letters passed the limit; going on would only make more."""


class DeadLetterLimit:
    """Counts one partition's recent dead letters: in a row, and as a share of the last 500.

    It lasts as long as the partition is assigned: an outage in between, after which the
    partition is opened again, is no reason to allow as many once more. A new assignment or an
    operator's resume starts at nothing, so a bad release costs at most the limit for each.
    """

    def __init__(self) -> None:
        self._run = 0
        self._recent: deque[bool] = deque(maxlen=_WINDOW)

    def admit(self, received: Sequence[Received]) -> int:
        """How many of the records, from the first, may be processed before the limit is passed."""
        if isinstance(received, Sheet):
            return len(received)
        run, dead, total = self._run, sum(self._recent), len(self._recent)
        for index, one in enumerate(received):
            bad = one.problem is not None and not one.buried
            run = run + 1 if bad else (0 if one.handled else run)
            dead, total = dead + bad, total + 1
            if bad and self._passed(run, dead, total):
                return index
        return len(received)

    def failed(self) -> None:
        """Raise TooManyDeadLetters if one more handler that failed for good would be too many."""
        if self._passed(self._run + 1, sum(self._recent) + 1, len(self._recent) + 1):
            raise TooManyDeadLetters

    def passed(self, plan: Plan) -> None:
        """Count what a batch came to, once it is committed: what is tried again counts once."""
        dead = len(plan.dead)
        self._run = dead if plan.applied else self._run + dead
        self._recent.extend([True] * dead + [False] * min(len(plan.applied), _WINDOW))

    @staticmethod
    def _passed(run: int, dead: int, total: int) -> bool:
        return run > IN_A_ROW or (total >= _ENOUGH and dead > SHARE * total)
