"""When dead letters stop being an exception: a bad release must not drain a topic into them."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from chassis.consumer.ordering import Plan
from chassis.consumer.received import Received

IN_A_ROW: Final = 20
SHARE: Final = 0.2
_WINDOW: Final = 500
_ENOUGH: Final = 100


class TooManyDeadLetters(Exception):
    """One partition's dead letters passed the limit; going on would only make more."""


class DeadLetterLimit:
    """Counts one partition's recent dead letters: in a row, and as a share of the last 500."""

    def __init__(self) -> None:
        self._run = 0
        self._recent: deque[bool] = deque(maxlen=_WINDOW)

    def admit(self, received: Sequence[Received]) -> int:
        """How many of the records, from the first, may be processed before the limit is passed."""
        run, dead, total = self._run, sum(self._recent), len(self._recent)
        for index, one in enumerate(received):
            bad = one.problem is not None
            run = run + 1 if bad else (0 if one.handled else run)
            dead, total = dead + bad, total + 1
            if bad and self._passed(run, dead, total):
                return index
        return len(received)

    def failed(self) -> None:
        """Count a handler that failed for good; raises TooManyDeadLetters before it is buried."""
        self._run += 1
        self._recent.append(True)
        if self._passed(self._run, sum(self._recent), len(self._recent)):
            raise TooManyDeadLetters

    def passed(self, plan: Plan, *, buried: bool) -> None:
        """Count what a batch came to; a buried handler failure is counted already."""
        invalid = 0 if buried else len(plan.dead)
        self._run = invalid if plan.fresh else self._run + invalid
        self._recent.extend([True] * invalid + [False] * len(plan.fresh))

    @staticmethod
    def _passed(run: int, dead: int, total: int) -> bool:
        return run > IN_A_ROW or (total >= _ENOUGH and dead > SHARE * total)
