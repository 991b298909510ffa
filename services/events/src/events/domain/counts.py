"""What one place adds to the figures of its session."""

from typing import NamedTuple


class Counts(NamedTuple):
    """0 or 1 each; sums of them stand on the session's row, whoever may see the places."""

    booked: int = 0
    waiting: int = 0
    no_shows: int = 0
