"""A chunk of the learning platform's completions file."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.errors import Refusal
from chassis.work import Work
from enrolment.commands.progress import count
from enrolment.domain.completion import Accepts, Completion
from enrolment.domain.errors import HolderErased, UnknownCollarNumber
from enrolment.domain.fact import Fact, Kind
from enrolment.domain.intake import owner
from enrolment.domain.learner import posting_on
from enrolment.domain.rows import Rejected, Row, rejected
from enrolment.store import people
from enrolment.store.progress import catalogue_of
from enrolment.store.uploads import send_back
from npp_contracts.codes import CompletedVia
from npp_contracts.day import day_of


@dataclass(frozen=True, slots=True)
class TakeCompletions:
    """Rows of the file, by line. force_id: the only force the sender may report; None for all."""

    upload_id: UUID
    force_id: str | None
    lines: tuple[int, int]
    rows: Sequence[tuple[int, Row]]


async def take_completions(work: Work, command: TakeCompletions) -> None:
    """One transaction of about a thousand rows; done again, it changes nothing."""
    catalogue = await catalogue_of(work.session)
    accepts = Accepts(command.force_id, catalogue, day_of(work.now))
    good: list[tuple[int, Row, Completion]] = []
    bad: list[Rejected] = []
    for line, row in command.rows:
        try:
            good.append((line, row, accepts.read(row)))
        except Refusal as refusal:
            bad.append(rejected(line, row, refusal, owner(command.force_id, row)))
    bad += await _count(work, good)
    await send_back(work.session, command.upload_id, command.lines, bad)


async def _count(work: Work, good: Sequence[tuple[int, Row, Completion]]) -> list[Rejected]:
    numbers = {(said.force_id, said.collar_number) for _, _, said in good}
    holders = await people.holders(work.session, numbers)
    ids = {posting.learner_id for postings in holders.values() for posting in postings}
    visible = await people.in_sight(work.session, {each for each in ids if each is not None})
    achieved: dict[UUID, list[Fact]] = defaultdict(list)
    unknown = []
    for line, row, said in good:
        postings = holders.get((said.force_id, said.collar_number), ())
        posting = posting_on(postings, said.completed_on)
        if posting is not None and posting.forgotten:
            gone = HolderErased(field="collar_number")
            unknown.append(rejected(line, row, gone, said.force_id))
            continue
        learner_id = None if posting is None else posting.learner_id
        if learner_id is None or learner_id not in visible:
            nobody = UnknownCollarNumber(field="collar_number")
            unknown.append(rejected(line, row, nobody, said.force_id))
            continue
        fact = Fact(Kind.MODULE, said.module, said.completed_on, via=CompletedVia.CSV)
        achieved[learner_id].append(fact)
    await count(work, achieved)
    return unknown
