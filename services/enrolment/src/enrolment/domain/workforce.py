"""How many neighbourhood staff a force says it has: the dated denominator of every share."""

from dataclasses import dataclass, field
from datetime import date

from enrolment.domain.errors import WorkforceInFuture
from npp_contracts.enrolment import WorkforceReported


@dataclass(frozen=True, slots=True)
class Headcount:
    """One report, as it stands after its revisions."""

    as_of: date
    headcount: int
    source: str


@dataclass(eq=False)
class Workforce:
    """The reports of one force, one per day described."""

    force_id: str
    reports: dict[date, Headcount] = field(default_factory=dict)
    version: int = 0

    def apply(self, event: WorkforceReported) -> None:
        """A later report on the same day replaces the earlier."""
        report = Headcount(event.as_of, event.headcount, event.source)
        self.reports = {**self.reports, event.as_of: report}


def report(workforce: Workforce, said: Headcount, today: date) -> WorkforceReported | None:
    """A report or its revision; None when it says what is known."""
    if said.as_of > today:
        raise WorkforceInFuture(field="as_of", as_of=said.as_of)
    if workforce.reports.get(said.as_of) == said:
        return None
    return WorkforceReported(
        force_id=workforce.force_id,
        as_of=said.as_of,
        headcount=said.headcount,
        source=said.source,
    )
