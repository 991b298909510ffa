"""Which day a moment is of, for the forces: days in events are of Europe/London."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

LONDON: Final = ZoneInfo("Europe/London")


def day_of(moment: datetime) -> date:
    """The day in England and Wales at an aware moment."""
    return moment.astimezone(LONDON).date()
