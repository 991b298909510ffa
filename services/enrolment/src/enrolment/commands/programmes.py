"""Publishing programme versions and reporting headcounts."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.dialects.postgresql import insert

from chassis.errors import NotFound
from chassis.work import Work
from enrolment.domain.programme import Edition, Programme, publish
from enrolment.domain.workforce import Headcount, Workforce, report
from enrolment.store.tables import workforces
from npp_contracts.day import day_of


@dataclass(frozen=True, slots=True)
class ReportWorkforce:
    force_id: str
    as_of: date
    headcount: int
    source: str


async def publish_programme(work: Work, draft: Edition) -> Programme:
    """The next version of a programme; the same again changes nothing."""
    try:
        programme = await work.get(Programme, draft.programme_id)
    except NotFound:
        programme = work.add(Programme(draft.programme_id))
    published = publish(programme, draft)
    if published is not None:
        work.record(programme, published)
        programme.with_rules(draft.rules)
    return programme


async def report_workforce(work: Work, command: ReportWorkforce) -> Workforce:
    """A force's headcount on a day, or its revision; the same again changes nothing."""
    nothing_yet = {"force_id": command.force_id, "reports": {}, "version": 0}
    await work.session.execute(insert(workforces).values(nothing_yet).on_conflict_do_nothing())
    workforce = await work.get(Workforce, command.force_id)
    said = Headcount(command.as_of, command.headcount, command.source)
    reported = report(workforce, said, day_of(work.now))
    return workforce if reported is None else work.record(workforce, reported)
