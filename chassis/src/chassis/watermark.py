"""Up to where the outbox's queue has been walked for good."""

from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Watermark:
    """The ticket below which nothing can appear any more, so that dead rows are not walked.

    A ticket is handed out after its transaction has an id. So once every transaction older than
    a mark, whose id is taken after `last` was read, has ended, all tickets up to the mark's
    `last` are visible or never will be.
    """

    settled: int = 0
    done: int = 0
    marks: deque[tuple[int, int]] = field(default_factory=deque)

    def observe(self, oldest: int) -> None:
        while self.marks and self.marks[0][0] <= oldest:
            self.settled = max(self.settled, self.marks.popleft()[1])

    def lacks(self, last: int) -> bool:
        return last > (self.marks[-1][1] if self.marks else self.settled)

    def mark(self, last: int, following: int) -> None:
        self.marks.append((following, last))

    def advance(self, up_to: int | None, blocked: set[int]) -> None:
        limit = self.settled if up_to is None else min(self.settled, up_to)
        self.done = max(self.done, min([limit, *(ticket - 1 for ticket in blocked)]))
