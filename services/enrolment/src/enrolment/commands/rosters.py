"""A chunk of a roster: people registered or updated, and enrolled by rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.clock import new_id
from chassis.errors import Refusal
from chassis.work import Work
from enrolment.commands.enrolling import achieved_before, new_enrolment, put_on
from enrolment.commands.progress import advance
from enrolment.commands.statements import retry_waiting
from enrolment.domain.enrolment import Enrolment
from enrolment.domain.fact import Fact
from enrolment.domain.learner import Learner, Person, learner_of, register, update
from enrolment.domain.programme import Catalogue
from enrolment.domain.roster import Admitted, held_since, parts_by_rule
from enrolment.domain.rows import Rejected, rejected
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
    admitted: Sequence[Admitted]
    rejected: Sequence[Rejected]


async def take_roster(work: Work, command: TakeRoster) -> None:
    """One transaction of about a thousand rows; done again, it changes nothing."""
    await locks.about_to_appear(work.session, command.force_id)
    rows = {each.person.collar_number: each for each in command.admitted}
    known = await people.learners_by_number(work.session, command.force_id, rows.keys())
    for number, learner in known.items():
        _update(work, learner, rows[number].person)
    newcomers = [each for number, each in rows.items() if number not in known]
    appeared, refused = await _register(work, command.force_id, newcomers)
    await _enrol(work, list(known.values()), appeared)
    await work.session.flush()
    await retry_waiting(work, [*known.values(), *appeared])
    strays = [
        rejected(each.line, each.row, refused[each.person.collar_number], command.force_id)
        for each in command.admitted
        if each.person.collar_number in refused
    ]
    await send_back(work.session, command.upload_id, command.lines, [*command.rejected, *strays])


def _update(work: Work, learner: Learner, person: Person) -> None:
    learner.take_details(person)
    if (event := update(learner, person)) is not None:
        work.record(learner, event)


async def _register(
    work: Work, force_id: str, newcomers: Sequence[Admitted]
) -> tuple[list[Learner], dict[str, Refusal]]:
    numbers = [(force_id, each.person.collar_number) for each in newcomers]
    holders = await people.holders(work.session, numbers)
    appeared, refused = list[Learner](), dict[str, Refusal]()
    posted: list[tuple[UUID, str, date]] = []
    for each in newcomers:
        number = each.person.collar_number
        try:
            since = held_since(each.person, holders.get((force_id, number), ()))
        except Refusal as refusal:
            refused[number] = refusal
            continue
        learner = work.add(learner_of(each.person, new_id(), force_id))
        appeared.append(work.record(learner, register(learner)))
        posted.append((learner.learner_id, number, since))
    await people.post(work.session, force_id, posted)
    return appeared, refused


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
