"""A partition in a runner's hands."""

from dataclasses import dataclass

from chassis.consumer.limit import DeadLetterLimit


@dataclass(slots=True)
class Held:
    """Where a runner is in a partition, and what has gone wrong there lately."""

    next_offset: int
    limit: DeadLetterLimit
    _absent: int | None = None

    def strays(self, first: int) -> bool:
        """Whether records from offset `first` are not those to go on with: seek next_offset.

        They may have been polled before we went there, when a restored database has put the
        checkpoint back or an operator has moved it. If the seek brings others again, the topic
        does not have that offset: records were deleted, or the topic was made anew and is shorter.
        Then go on with what there is; sequences tell what is new.
        """
        if self.next_offset in (first, self._absent):
            return False
        self._absent = self.next_offset
        return True
