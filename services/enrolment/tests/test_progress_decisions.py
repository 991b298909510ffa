"""Progress follows from facts, whatever their order and however often they come."""

from datetime import date
from itertools import permutations

import pytest

from enrolment.domain.enrolment import Enrolment, State, defer, enrol, resume, withdraw
from enrolment.domain.fact import Fact
from enrolment.domain.progress import progress_of, settle
from npp_contracts.codes import CompletedVia, DeferralReason, EnrolledBy, WithdrawalReason
from npp_contracts.enrolment import ModuleCompleted, PartCompleted, ProgrammeCompleted

from .given import after, edition, enrolled_on, final, module, portfolio

JULY, MAY, JUNE = date(2025, 7, 1), date(2026, 5, 1), date(2026, 6, 1)
NPP2 = (module("asb-1", JULY), final("NPP2", JUNE), portfolio("NPP2", MAY))


def kinds(events: object) -> list[str]:
    assert isinstance(events, list)
    return [type(event).__name__ for event in events]


def test_a_module_is_completed_once_and_the_first_date_stays() -> None:
    enrolment = enrolled_on("NPP1")
    said = after(enrolment, module("problem-solving-1", JULY), module("problem-solving-1", MAY))
    (completed,) = said
    assert isinstance(completed, ModuleCompleted)
    assert (completed.part, completed.completed_on, completed.via) == (
        "NPP1",
        JULY,
        CompletedVia.CSV,
    )


def test_a_part_is_complete_on_the_day_of_the_last_thing_it_needs() -> None:
    said = after(enrolled_on("NPP2"), *NPP2)
    assert kinds(said) == ["ModuleCompleted", "PartCompleted", "ProgrammeCompleted"]
    assert isinstance(said[1], PartCompleted)
    assert said[1].completed_on == JUNE


@pytest.mark.parametrize("order", list(permutations(NPP2)))
def test_the_order_of_facts_does_not_matter(order: tuple[Fact, ...]) -> None:
    enrolment = enrolled_on("NPP2")
    said = after(enrolment, *order, *order)
    assert sorted(kinds(said)) == ["ModuleCompleted", "PartCompleted", "ProgrammeCompleted"]
    assert (enrolment.state, enrolment.completed_on) == (State.COMPLETED, JUNE)


@pytest.mark.parametrize("missing", NPP2)
def test_a_part_lacks_something_until_all_is_there(missing: Fact) -> None:
    enrolment = enrolled_on("NPP2")
    after(enrolment, *(fact for fact in NPP2 if fact is not missing))
    assert enrolment.state == State.ACTIVE
    assert progress_of(edition().part("NPP2"), enrolment.parts["NPP2"]).percent == 66


def test_the_programme_is_complete_when_every_enrolled_part_is() -> None:
    enrolment = enrolled_on("NPP2", "NPP4")
    assert "ProgrammeCompleted" not in kinds(after(enrolment, *NPP2))
    said = after(enrolment, module("leadership-1", JULY))
    assert kinds(said) == ["ModuleCompleted", "PartCompleted", "ProgrammeCompleted"]
    assert isinstance(said[-1], ProgrammeCompleted)
    assert said[-1].completed_on == JUNE


def test_a_part_added_after_completion_reopens_but_completes_the_programme_once() -> None:
    enrolment = enrolled_on("NPP2")
    after(enrolment, *NPP2)
    enrolment.apply(enrol(enrolment, edition(), "NPP4", EnrolledBy.RULE))
    assert enrolment.state == State.ACTIVE
    said = after(enrolment, module("leadership-1", JULY))
    assert kinds(said) == ["ModuleCompleted", "PartCompleted"]
    assert enrolment.state.value == "completed"


def test_progress_never_passes_100_percent() -> None:
    enrolment = enrolled_on("NPP1")
    codes = ("community-engagement-1", "problem-solving-1", "asb-1", "problem-solving-1")
    after(enrolment, *(module(code, JULY) for code in codes))
    progress = progress_of(edition().part("NPP1"), enrolment.parts["NPP1"])
    assert (progress.done, progress.needed, progress.percent) == (2, 2, 100)


def deferred() -> Enrolment:
    enrolment = enrolled_on("NPP4")
    enrolment.apply(defer(enrolment, DeferralReason.SECONDMENT, None))
    return enrolment


def test_deferred_training_keeps_what_is_achieved_and_completes_on_resumption() -> None:
    enrolment = deferred()
    assert kinds(after(enrolment, module("leadership-1", JULY))) == ["ModuleCompleted"]
    enrolment.apply(resume(enrolment))
    assert kinds(settle(enrolment, edition())) == ["PartCompleted", "ProgrammeCompleted"]


def test_withdrawn_training_takes_nothing_in() -> None:
    enrolment = deferred()
    enrolment.apply(withdraw(enrolment, WithdrawalReason.LEFT_SERVICE))
    assert after(enrolment, module("leadership-1", JULY)) == []
    assert enrolment.state == State.WITHDRAWN


def test_a_final_of_another_version_has_no_place() -> None:
    enrolment = enrolled_on("NPP2")
    assert after(enrolment, Fact(final("NPP2", JUNE).kind, "NPP2", JUNE, "npp", 2)) == []
    assert enrolment.parts["NPP2"].final_on is None


def test_a_module_of_a_part_one_is_not_on_has_no_place() -> None:
    assert after(enrolled_on("NPP1"), module("leadership-1", JULY)) == []


def test_an_enrolment_hands_on_what_was_achieved_in_it() -> None:
    enrolment = enrolled_on("NPP2")
    after(enrolment, *NPP2)
    assert set(enrolment.facts()) == set(NPP2)
