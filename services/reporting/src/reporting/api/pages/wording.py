"""How numbers, shares, times, codes and forces are written on the pages, in either language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from npp_contracts.day import LONDON
from reporting.api.answers import WITHHELD
from reporting.api.pages.language import Language, gettext
from reporting.domain.forces import force

NONE: Final = "–"
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
AGO: Final = ("{} s ago", "{} min ago", "{} h ago", "{} day ago", "{} days ago")
"""The patterns of `ago`, which the script of the page fills in the same way."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The filters of the templates; numbers are written alike in both languages."""

    language: Language

    def say(self, message: str) -> str:
        return gettext(self.language, message)

    @staticmethod
    def number(value: float | None, decimals: int = 0) -> str:
        """12,345; a dash where there is nothing to say."""
        return NONE if value is None else f"{value:,.{decimals}f}"

    @staticmethod
    def share(value: float | None) -> str:
        """4.2 %, with as many decimals as the size needs."""
        if value is None:
            return NONE
        return f"{value:.{2 if 0 < value < 1 else 1}f} %"

    @staticmethod
    def signed(value: float | None, decimals: int = 1) -> str:
        """A change: +12.5 or −3.0."""
        if value is None:
            return NONE
        return f"{'−' if value < 0 else '+'}{abs(value):.{decimals}f}"

    def cell(self, row: Mapping[str, Any], name: str) -> str:
        """A count of a row, or that it is withheld: not always because it is small itself."""
        return WITHHELD if name in row.get("suppressed", ()) else self.number(row.get(name))

    def day(self, value: date | str | None) -> str:
        """1 June 2026; of a frozen document also from its text."""
        if isinstance(value, str):
            value = date.fromisoformat(value)
        if value is None:
            return NONE
        return f"{value.day} {self.say(MONTHS[value.month - 1])} {value.year}"

    def month(self, value: date | str) -> str:
        if isinstance(value, str):
            value = date.fromisoformat(value)
        return f"{self.say(MONTHS[value.month - 1])} {value.year}"

    def moment(self, value: datetime | str | None) -> str:
        """1 June 2026 at 14:05:09, in London; of a frozen document also from its text."""
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if value is None:
            return NONE
        local = value.astimezone(LONDON)
        return f"{self.day(local.date())}, {local:%H:%M:%S}"

    def ago(self, seconds: float) -> str:
        """0.3 s, 12 s, 5 min, 3 h or 2 days ago."""
        if seconds < 60:
            return self.say(AGO[0]).format(f"{max(0.0, seconds):.{1 if seconds < 10 else 0}f}")
        for pattern, size, limit in ((AGO[1], 60, 3600), (AGO[2], 3600, 86400)):
            if seconds < limit:
                return self.say(pattern).format(f"{seconds / size:.0f}")
        days = round(seconds / 86400)
        return self.say(AGO[3] if days == 1 else AGO[4]).format(days)

    def words(self, name: str) -> str:
        """A code or column as words: `week-of-action` is Week of action."""
        return self.say(name.replace("-", " ").replace("_", " ").capitalize())

    def force(self, force_id: str) -> str:
        """What a force calls itself in the language, and the nation."""
        found = force(force_id)
        welsh = found.welsh_name if self.language == "cy" else ""
        return welsh or self.say(found.name)
