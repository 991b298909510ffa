"""Who somebody is, and who had a collar number on a day."""

from datetime import date
from uuid import uuid4

import pytest

from chassis.errors import Refusal
from enrolment.domain.errors import (
    HolderTransferred,
    TransferBeforePosting,
    TransferInFuture,
    TransferToSameForce,
)
from enrolment.domain.learner import Posting, learner_of, register, transfer, update, who_had
from enrolment.domain.roster import held_since, read_person

from .given import roster_row

TODAY, JOINED = date(2026, 7, 1), date(2020, 3, 1)
PERSON = read_person(roster_row())
FIRST, SECOND = uuid4(), uuid4()
HELD = [Posting(FIRST, JOINED, date(2025, 9, 1)), Posting(SECOND, date(2025, 12, 1), None)]


def test_registration_says_the_role_and_no_name() -> None:
    event = register(learner_of(PERSON, FIRST, "derbyshire"))
    assert set(event.model_dump()) == {
        "force_id",
        "learner_id",
        "worker_type",
        "rank",
        "neighbourhood",
        "joined_on",
    }


def test_only_a_new_role_is_an_update() -> None:
    learner = learner_of(PERSON, FIRST, "derbyshire")
    assert update(learner, read_person(roster_row(family_name="Jones"))) is None
    event = update(learner, read_person(roster_row(rank="sergeant")))
    assert event is not None
    learner.apply(event)
    assert learner.rank == "sergeant"


def test_a_transfer_names_both_forces() -> None:
    learner = learner_of(PERSON, FIRST, "derbyshire")
    event = transfer(learner, "kent", date(2026, 6, 1), JOINED, TODAY)
    learner.apply(event)
    assert (event.from_force_id, event.force_id, learner.force_id) == ("derbyshire", "kent", "kent")


@pytest.mark.parametrize(
    ("to", "on", "refusal"),
    [
        ("derbyshire", date(2026, 6, 1), TransferToSameForce),
        ("kent", date(2026, 7, 2), TransferInFuture),
        ("kent", JOINED, TransferBeforePosting),
    ],
)
def test_transfers_that_are_refused(to: str, on: date, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        transfer(learner_of(PERSON, FIRST, "derbyshire"), to, on, JOINED, TODAY)


@pytest.mark.parametrize(
    ("on", "who"),
    [
        (date(2019, 1, 1), FIRST),
        (date(2025, 8, 31), FIRST),
        (date(2025, 9, 1), None),
        (date(2025, 11, 30), None),
        (date(2025, 12, 1), SECOND),
        (TODAY, SECOND),
    ],
)
def test_a_collar_number_means_whoever_had_it_that_day(on: date, who: object) -> None:
    assert who_had(HELD, on) == who


def test_nobody_had_a_number_that_was_never_given() -> None:
    assert who_had([], TODAY) is None


def test_a_newcomer_has_the_number_from_joining_on() -> None:
    person = read_person(roster_row(joined_on="2025-12-01"))
    assert held_since(person, HELD[:1]) == date(2025, 12, 1)


def test_a_row_about_who_was_transferred_makes_no_second_record() -> None:
    with pytest.raises(HolderTransferred):
        held_since(PERSON, HELD[:1])
