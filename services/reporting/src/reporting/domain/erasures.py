"""A force confirms that it has erased its own copies: each once, and only what it was told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from chassis.errors import Forbidden, NotFound, Refusal


class ErasureUnknown(NotFound):
    title = "Your force was not told to erase anybody of that pseudonym"


class ErasureConfirmed(Refusal):
    title = "Your force has confirmed this erasure already"


class ErasuresOfForces(Forbidden):
    title = "A force confirms its own erasures, and nobody else does"


@dataclass(frozen=True, slots=True)
class Told:
    """An erasure as it stands in a force's feed, and what the force has said of it since."""

    pseudonym: UUID
    position: int
    told_at: datetime
    due_on: date
    confirmed_at: datetime | None
    confirmed_by: str | None

    def overdue(self, today: date) -> bool:
        """Whether a day has begun after the one by which the force had to erase."""
        return self.confirmed_at is None and self.due_on < today


def confirming(asked: Iterable[UUID], told: Sequence[Told]) -> Sequence[UUID]:
    """Those to be confirmed, each named once; all of them or none."""
    known: Mapping[UUID, Told] = {each.pseudonym: each for each in told}
    wanted = list(dict.fromkeys(asked))
    for each in wanted:
        if each not in known:
            raise ErasureUnknown(field="pseudonym")
        if known[each].confirmed_at is not None:
            raise ErasureConfirmed(field="pseudonym", confirmed_at=known[each].confirmed_at)
    return wanted
