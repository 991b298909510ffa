"""xAPI statements in bulk: kept, counted where the person is known, queued where not yet."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from chassis.work import Work
from enrolment.commands.intakes import tell
from enrolment.commands.progress import count
from enrolment.domain.errors import StatementConflict
from enrolment.domain.fact import Fact, Kind
from enrolment.domain.learner import Learner, posting_on, who_had
from enrolment.domain.statement import About, Outcome, Statement, achieved
from enrolment.store import locks, people, statements
from enrolment.store.progress import catalogue_of
from enrolment.store.statements import Kept
from npp_contracts.codes import CompletedVia
from npp_contracts.day import day_of
from npp_contracts.ids import NATIONAL


@dataclass(frozen=True, slots=True)
class StoreStatements:
    statements: Sequence[Statement]


async def store_statements(work: Work, command: StoreStatements) -> list[UUID]:
    """All or none of them; one that is stored already, and is the same, is not stored again."""
    ids = [each.statement_id for each in command.statements]
    known = await statements.known(work.session, ids)
    for each in command.statements:
        if known.get(each.statement_id, each.sha256) != each.sha256:
            raise StatementConflict(statement=str(each.statement_id))
    catalogue, day = await catalogue_of(work.session), day_of(work.now)
    new = [each for each in command.statements if each.statement_id not in known]
    reports = {each.statement_id: fact for each in new if (fact := achieved(each, catalogue, day))}
    reporting = [each for each in new if each.statement_id in reports]
    found = await _people(work, {each.statement_id: (each.about, each.on) for each in reporting})
    await _count(work, {of: (found[of], fact) for of, fact in reports.items() if of in found})
    gone = await _forgotten(work, [each for each in new if each.statement_id not in found])
    kept = [
        Kept(replace(each, about=About(), document="{}"), Outcome.IGNORED, None, None)
        if (of := each.statement_id) in gone
        else Kept(each, _outcome(each, reports, found), reports.get(of), found.get(of))
        for each in new
    ]
    await statements.store(work.session, kept, work.now)
    queued = [each.statement.about for each in kept if each.outcome is Outcome.QUEUED]
    await tell(work, (), {about.force_id or NATIONAL for about in queued})
    return ids


async def _forgotten(work: Work, new: Sequence[Statement]) -> set[UUID]:
    """Those about somebody who was erased: known by their id from now on, and not kept."""
    numbers = {(s.about.force_id or "", s.about.collar_number or "") for s in new}
    holders = await people.holders(work.session, numbers)
    digests = {s.about.email: people.digest_of("", s.about.email) for s in new if s.about.email}
    addresses = await statements.forgotten_addresses(work.session, digests.values())
    found = set[UUID]()
    for each in new:
        held = holders.get((each.about.force_id or "", each.about.collar_number or ""), ())
        posting = posting_on(held, each.on)
        if digests.get(each.about.email or "") in addresses or (posting and posting.forgotten):
            found.add(each.statement_id)
    return found


async def retry_waiting(work: Work, appeared: Sequence[Learner]) -> None:
    """Count the statements that waited for these people; the session must be flushed.

    That fewer wait is for the caller to tell, at the end.
    """
    numbers = [(learner.force_id, learner.collar_number) for learner in appeared]
    async with locks.every_force(work.session):
        addresses = {learner.email for learner in appeared}
        waiting = await statements.waiting_for(work.session, numbers, addresses)
        found = await _match(work, {each.statement_id: (each.about, each.on) for each in waiting})
        facts = {
            each.statement_id: Fact(Kind.MODULE, each.module, each.on, via=CompletedVia.XAPI)
            for each in waiting
        }
        await _count(work, {of: (learner_id, facts[of]) for of, learner_id in found.items()})
        await statements.no_longer_waiting(work.session, found)


async def _people(work: Work, abouts: Mapping[UUID, tuple[About, date]]) -> dict[UUID, UUID]:
    found = await _match(work, abouts)
    missing = {of: named for of, named in abouts.items() if of not in found}
    if not missing:
        return found
    forces = {about.force_id for about, _ in missing.values() if about.force_id}
    addressed = any(about.email for about, _ in missing.values())
    await locks.about_to_queue(work.session, forces, addresses=addressed)
    return found | await _match(work, missing)


async def _match(work: Work, abouts: Mapping[UUID, tuple[About, date]]) -> dict[UUID, UUID]:
    if not abouts:
        return {}
    named = [about for about, _ in abouts.values()]
    numbers = {(a.force_id, a.collar_number) for a in named if a.force_id and a.collar_number}
    holders = await people.holders(work.session, numbers)
    addresses = {about.email for about in named if about.email}
    addressees = await people.by_email(work.session, addresses) if addresses else {}
    found: dict[UUID, UUID] = {}
    for of, (about, on) in abouts.items():
        held = holders.get((about.force_id or "", about.collar_number or ""), ())
        learner_id = addressees.get(about.email) if about.email else who_had(held, on)
        if learner_id is not None:
            found[of] = learner_id
    return found


async def _count(work: Work, achievements: Mapping[UUID, tuple[UUID, Fact]]) -> None:
    by_learner: dict[UUID, list[Fact]] = defaultdict(list)
    for learner_id, fact in achievements.values():
        by_learner[learner_id].append(fact)
    if by_learner:
        await count(work, by_learner)


def _outcome(
    statement: Statement, reports: Mapping[UUID, Fact], found: Mapping[UUID, UUID]
) -> Outcome:
    if statement.statement_id not in reports:
        return Outcome.IGNORED
    return Outcome.COUNTED if statement.statement_id in found else Outcome.QUEUED
