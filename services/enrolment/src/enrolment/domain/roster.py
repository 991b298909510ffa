"""A roster: what a row says about a person, and on which parts the rules put them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from enrolment.domain.enrolment import Enrolment, State
from enrolment.domain.errors import (
    DuplicateCollarNumber,
    HolderErased,
    HolderTransferred,
    RankUnknown,
    WorkerTypeUnknown,
)
from enrolment.domain.learner import Learner, Person, Posting, collar_number, email_address
from enrolment.domain.programme import Programme
from enrolment.domain.rows import Row, day, name, one_of, refuse_surplus, yes_or_no
from npp_contracts.codes import Rank, WorkerType

COLUMNS: Final = (
    "collar_number",
    "given_name",
    "family_name",
    "email",
    "worker_type",
    "rank",
    "neighbourhood",
    "joined_on",
)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A row that describes a person."""

    line: int
    row: Row
    person: Person


def read_person(row: Row) -> Person:
    """The person a row describes; refused with the column at fault."""
    refuse_surplus(row)
    return Person(
        collar_number(row["collar_number"]),
        name(row, "given_name"),
        name(row, "family_name"),
        email_address(row["email"]),
        one_of(WorkerType, row, "worker_type", WorkerTypeUnknown),
        one_of(Rank, row, "rank", RankUnknown),
        yes_or_no(row, "neighbourhood"),
        day(row, "joined_on"),
    )


class Roster:
    """The rows of one file so far: who was in it already."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def admit(self, line: int, row: Row) -> Admitted:
        """A row with its person; the same again is welcome, a contradicting one is not."""
        person = read_person(row)
        said = hash(person)
        if self._seen.setdefault(person.collar_number, said) != said:
            raise DuplicateCollarNumber(field="collar_number")
        return Admitted(line, row, person)


def held_since(person: Person, earlier: Sequence[Posting]) -> date:
    """From when a newcomer has their collar number, given who had it before.

    Refused when they joined before the last holder was transferred: that row is about the one who
    has left, and would make a second record of them.
    """
    ended = [posting for posting in earlier if posting.valid_to is not None]
    before = [each for each in ended if each.valid_to and person.joined_on < each.valid_to]
    if any(posting.forgotten for posting in before):
        raise HolderErased(field="collar_number")
    if before:
        raise HolderTransferred(field="collar_number")
    return person.joined_on


def parts_by_rule(
    learner: Learner, programme: Programme, enrolments: Sequence[Enrolment]
) -> tuple[Enrolment | None, list[str]]:
    """The parts still to be enrolled on, and the enrolment to add them to; None makes a new one.

    Who is on an older version stays on it. Who was withdrawn is not put back by a rule.
    """
    own = [each for each in enrolments if each.programme_id == programme.programme_id]
    standing = standing_enrolment(own)
    if standing is None:
        return None, [] if own else programme.current.parts_for(learner)
    edition = programme.edition(standing.programme_version)
    wanted = edition.parts_for(learner) if edition else []
    return standing, [part for part in wanted if part not in standing.parts]


def standing_enrolment(enrolments: Sequence[Enrolment]) -> Enrolment | None:
    """The enrolment on the latest version that was not withdrawn."""
    kept = [each for each in enrolments if each.state != State.WITHDRAWN]
    return max(kept, key=lambda each: each.programme_version, default=None)
