"""A chunk of a roster: people registered or updated, and enrolled by rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.clock import new_id
from chassis.work import Work
from enrolment.commands.enrolling import achieved_before, new_enrolment, put_on
from enrolment.commands.progress import advance
from enrolment.commands.statements import retry_waiting
from enrolment.domain.enrolment import Enrolment
from enrolment.domain.fact import Fact
from enrolment.domain.learner import Learner, Person, learner_of, register, update
from enrolment.domain.programme import Catalogue
from enrolment.domain.roster import parts_by_rule
from enrolment.domain.rows import Rejected
from enrolment.store import locks, people
from enrolment.store.progress import catalogue_of, enrolments_of, kept
from enrolment.store.uploads import send_back
from npp_contracts.codes import EnrolledBy


@dataclass(frozen=True, slots=True)
class TakeRoster:
    """Rows of a roster, judged: `lines` are the first and the last of the chunk."""

    upload_id: UUID
    force_id: str
    lines: tuple[int, int]
    people: Sequence[Person]
    rejected: Sequence[Rejected]


async def take_roster(work: Work, command: TakeRoster) -> None:
    """One transaction of about a thousand rows; done again, it changes nothing."""
    await locks.share_progress(work.session)
    await locks.about_to_appear(work.session, command.force_id)
    persons = {person.collar_number: person for person in command.people}
    known = await people.learners_by_number(work.session, command.force_id, persons.keys())
    for number, learner in known.items():
        _update(work, learner, persons[number])
    newcomers = [person for number, person in persons.items() if number not in known]
    appeared = await _register(work, command.force_id, newcomers)
    await _enrol(work, list(known.values()), appeared)
    await work.session.flush()
    await retry_waiting(work, [*known.values(), *appeared])
    await send_back(work.session, command.upload_id, command.lines, command.rejected)


def _update(work: Work, learner: Learner, person: Person) -> None:
    learner.take_details(person)
    if (event := update(learner, person)) is not None:
        work.record(learner, event)


async def _register(work: Work, force_id: str, newcomers: Sequence[Person]) -> list[Learner]:
    numbers = [(force_id, person.collar_number) for person in newcomers]
    before = await people.holders(work.session, numbers)
    appeared, posted = list[Learner](), list[tuple[UUID, str, date]]()
    for person in newcomers:
        learner = work.add(learner_of(person, new_id(), force_id))
        work.record(learner, register(learner))
        earlier = before.get((force_id, person.collar_number), ())
        free_from = (holder.valid_to for holder in earlier if holder.valid_to)
        since = max([person.joined_on, *free_from])
        posted.append((learner.learner_id, person.collar_number, since))
        appeared.append(learner)
    await people.post(work.session, force_id, posted)
    return appeared


async def _enrol(work: Work, known: Sequence[Learner], appeared: Sequence[Learner]) -> None:
    catalogue = await catalogue_of(work.session)
    ids = [learner.learner_id for learner in known]
    earlier = await enrolments_of(work.session, ids) if ids else {}
    before = await kept(work.session, ids) if ids else {}
    for learner in (*known, *appeared):
        enrolments = earlier.get(learner.learner_id, ())
        _enrol_one(work, catalogue, learner, enrolments, before.get(learner.learner_id, ()))


def _enrol_one(
    work: Work,
    catalogue: Catalogue,
    learner: Learner,
    enrolments: Sequence[Enrolment],
    before: Sequence[Fact],
) -> None:
    for programme in catalogue.programmes:
        standing, parts = parts_by_rule(learner, programme, enrolments)
        if parts:
            edition = catalogue.edition(
                programme.programme_id,
                standing.programme_version if standing else programme.current.version,
            )
            enrolment = standing or new_enrolment(work, learner, edition)
            put_on(work, enrolment, edition, parts, EnrolledBy.RULE)
            advance(work, enrolment, edition, achieved_before(enrolments, before))
