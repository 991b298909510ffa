"""How numbers, shares and times are written on the page."""

from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

LONDON: Final = ZoneInfo("Europe/London")
FEW: Final = "fewer than 5"
NONE: Final = "–"


def number(value: float | None, decimals: int = 0) -> str:
    """12,345; a dash where there is nothing to say."""
    return NONE if value is None else f"{value:,.{decimals}f}"


def share(value: float | None) -> str:
    """4.2 %, with as many decimals as the size needs."""
    if value is None:
        return NONE
    return f"{value:.{2 if 0 < value < 1 else 1}f} %"


def signed(value: float | None, decimals: int = 1) -> str:
    """A change: +12.5 or −3.0."""
    if value is None:
        return NONE
    return f"{'−' if value < 0 else '+'}{abs(value):.{decimals}f}"


def cell(row: dict[str, Any], name: str) -> str:
    """A count of a row, or why it is not shown."""
    return FEW if name in row.get("suppressed", ()) else number(row.get(name))


def day(value: date | None) -> str:
    """1 June 2026."""
    return NONE if value is None else f"{value.day} {value:%B %Y}"


def month(value: date) -> str:
    return f"{value:%b %Y}"


def moment(value: datetime | None) -> str:
    """1 June 2026 at 14:05:09, in London."""
    if value is None:
        return NONE
    local = value.astimezone(LONDON)
    return f"{day(local)} at {local:%H:%M:%S}"


def ago(seconds: float) -> str:
    """0.3 s, 12 s, 5 min, 3 h or 2 days ago; the page's script says it in the same way."""
    if seconds < 60:
        return f"{max(0.0, seconds):.{1 if seconds < 10 else 0}f} s ago"
    for unit, size, limit in (("min", 60, 3600), ("h", 3600, 86400)):
        if seconds < limit:
            return f"{seconds / size:.0f} {unit} ago"
    days = round(seconds / 86400)
    return f"{days} {'day' if days == 1 else 'days'} ago"


def words(name: str) -> str:
    """A code or column as words: `week-of-action` is Week of action."""
    return name.replace("-", " ").replace("_", " ").capitalize()
