"""Frameworks: the national standard's criteria, immutable once published."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from portfolio.domain.errors import CriterionRepeated, FrameworkIsPublished


@dataclass
class Framework:
    """A version of the criteria for one part of a programme.

    criteria: in their order, each with `code` and `title`; our own wording, never the College's.
    """

    code: str
    version: int
    programme_id: str
    part: str
    criteria: list[dict[str, str]]
    published_at: datetime

    @property
    def codes(self) -> list[str]:
        return [criterion["code"] for criterion in self.criteria]

    def says_what(self, other: "Framework") -> bool:
        """Whether both ask the same of the same part."""
        own = self.programme_id, self.part, self.criteria
        return own == (other.programme_id, other.part, other.criteria)


def publish(wanted: Framework, known: Framework | None) -> Framework:
    """The framework to keep: a new one, or the known one when the same is published again."""
    repeated = [code for code, count in Counter(wanted.codes).items() if count > 1]
    if repeated:
        raise CriterionRepeated(f"{repeated[0]} is named twice", field="criteria", codes=repeated)
    if known is None:
        return wanted
    if not known.says_what(wanted):
        raise FrameworkIsPublished(f"{wanted.code} {wanted.version} says otherwise")
    return known
