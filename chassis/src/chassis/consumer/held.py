"""A partition in a runner's hands."""

from dataclasses import dataclass

from chassis.consumer.limit import DeadLetterLimit


@dataclass(slots=True)
class Held:
    """Where a runner is in a partition, and what has gone wrong there lately."""

    next_offset: int
    limit: DeadLetterLimit
    _missing: int | None = None

    def unread(self, first: int) -> bool:
        """Whether records from offset `first` come too early: go back to next_offset for others.

        They may have been polled before we went there, when a restored database has put the
        checkpoint back or an operator has. Absent a second time, the others are off the topic.
        """
        if self.next_offset in (first, self._missing):
            return False
        self._missing = self.next_offset
        return True
