"""A learner: who somebody is, in which force and role, and how files find them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from uuid import UUID

from enrolment.domain.errors import (
    CollarNumberInvalid,
    EmailInvalid,
    TransferBeforePosting,
    TransferInFuture,
    TransferToSameForce,
)
from npp_contracts.codes import Rank, WorkerType
from npp_contracts.enrolment import (
    HoldLifted,
    HoldPlaced,
    LearnerErased,
    LearnerRegistered,
    LearnerTransferred,
    LearnerUpdated,
)
from npp_contracts.ids import LearnerId

_COLLAR_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9/-]{0,19}")
_EMAIL = re.compile(r"[^\s@\"'<>,;=]{1,64}@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9-]+)+")


Said: TypeAlias = (
    LearnerRegistered
    | LearnerUpdated
    | LearnerTransferred
    | LearnerErased
    | HoldPlaced
    | HoldLifted
)


@dataclass(frozen=True, slots=True)
class Person:
    """What a roster says about somebody."""

    collar_number: str
    given_name: str
    family_name: str
    email: str
    worker_type: WorkerType
    rank: Rank
    neighbourhood: bool
    joined_on: date


@dataclass(eq=False)
class Learner:
    """Somebody known to the platform. Names, e-mail and collar number never leave this service."""

    learner_id: UUID
    force_id: str
    collar_number: str
    given_name: str
    family_name: str
    email: str
    worker_type: WorkerType
    rank: Rank
    neighbourhood: bool
    joined_on: date
    version: int = 0
    erased_on: date | None = None

    def apply(self, event: Said) -> None:
        """Role and force follow from events; details don't, see `take_details`."""
        if isinstance(event, LearnerErased | HoldPlaced | HoldLifted):
            return
        self.force_id = event.force_id
        if not isinstance(event, LearnerTransferred):
            self.worker_type, self.rank = event.worker_type, event.rank
            self.neighbourhood = event.neighbourhood

    def forget(self, on: date) -> None:
        """Nothing here tells any more who it was."""
        self.collar_number = self.given_name = self.family_name = self.email = ""
        self.erased_on = on

    def take_details(self, person: Person) -> bool:
        """Take over name, address and first day, which no event carries; whether any is new."""
        said = (person.given_name, person.family_name, person.email, person.joined_on)
        known = (self.given_name, self.family_name, self.email, self.joined_on)
        self.given_name, self.family_name, self.email, self.joined_on = said
        return said != known


@dataclass(frozen=True, slots=True)
class Posting:
    """A collar number that somebody had: from a day up to before another; None has no end.

    learner_id: None for somebody who was erased since.
    """

    learner_id: UUID | None
    valid_from: date
    valid_to: date | None

    @property
    def forgotten(self) -> bool:
        return self.learner_id is None


def learner_of(person: Person, learner_id: UUID, force_id: str) -> Learner:
    """The new learner that a roster row makes; `register` is its first event."""
    return Learner(
        learner_id,
        force_id,
        person.collar_number,
        person.given_name,
        person.family_name,
        person.email,
        person.worker_type,
        person.rank,
        person.neighbourhood,
        person.joined_on,
    )


def register(learner: Learner) -> LearnerRegistered:
    """The platform gets to know somebody."""
    return LearnerRegistered(
        force_id=learner.force_id,
        learner_id=LearnerId(learner.learner_id),
        worker_type=learner.worker_type,
        rank=learner.rank,
        neighbourhood=learner.neighbourhood,
        joined_on=learner.joined_on,
    )


def update(learner: Learner, person: Person) -> LearnerUpdated | None:
    """What a roster says anew about the role; None when it says what is known."""
    said = (person.worker_type, person.rank, person.neighbourhood)
    if said == (learner.worker_type, learner.rank, learner.neighbourhood):
        return None
    return LearnerUpdated(
        force_id=learner.force_id,
        learner_id=LearnerId(learner.learner_id),
        worker_type=person.worker_type,
        rank=person.rank,
        neighbourhood=person.neighbourhood,
    )


def transfer(
    learner: Learner, to_force_id: str, effective_on: date, posted_from: date, today: date
) -> LearnerTransferred:
    """The move to another force, as from `effective_on`."""
    if to_force_id == learner.force_id:
        raise TransferToSameForce(field="to_force_id")
    if effective_on > today:
        raise TransferInFuture(field="effective_on", effective_on=effective_on)
    if effective_on <= posted_from:
        raise TransferBeforePosting(field="effective_on", posted_from=posted_from)
    return LearnerTransferred(
        force_id=to_force_id,
        learner_id=LearnerId(learner.learner_id),
        from_force_id=learner.force_id,
        effective_on=effective_on,
    )


def who_had(postings: Sequence[Posting], on: date) -> UUID | None:
    """Who had the collar number on a day; None also for somebody who was erased."""
    holder = posting_on(postings, on)
    return None if holder is None else holder.learner_id


def posting_on(postings: Sequence[Posting], on: date) -> Posting | None:
    """As which posting a collar number counts on a day, given all who ever had it in the force.

    A roster says when somebody joined, not since when the number was theirs, so the first
    holder has it for any day before.
    """
    holders = sorted(postings, key=lambda posting: posting.valid_from)
    begun = [posting for posting in holders if posting.valid_from <= on]
    holder = begun[-1] if begun else next(iter(holders), None)
    if holder is None or (holder.valid_to is not None and on >= holder.valid_to):
        return None
    return holder


def collar_number(text: str) -> str:
    """A collar number as it is kept: upper case, no blanks around."""
    found = text.strip().upper()
    if not _COLLAR_NUMBER.fullmatch(found):
        raise CollarNumberInvalid(field="collar_number")
    return found


def email_address(text: str) -> str:
    """An address as it is kept: lower case, no blanks around."""
    found = text.strip().lower()
    if len(found) > 254 or not _EMAIL.fullmatch(found):
        raise EmailInvalid(field="email")
    return found
