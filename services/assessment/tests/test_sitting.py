"""Given a blueprint and an attempt, when it is sat, then these events or this refusal."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from assessment.domain.attempt import GRACE, Attempt, History, State, allot
from assessment.domain.blueprint import Blueprint, Item, form_for, validate
from assessment.domain.errors import (
    AttemptAlreadyOpen,
    AttemptNotOpen,
    BaselineAfterFinal,
    FormsDiffer,
    ItemUnknown,
    OptionUnknown,
    TimeIsUp,
)
from assessment.domain.sitting import merge, start, submit
from chassis.clock import new_id
from npp_contracts.codes import Form, Occasion

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
LEARNER = UUID("0196c383-1ae8-7651-8317-1ff4a6a3a450")


def form(prefix: str, size: int = 3) -> tuple[Item, ...]:
    return tuple(Item(f"{prefix}{n}", ("a", "b"), "b") for n in range(1, size + 1))


BLUEPRINT = Blueprint(
    code="NPP1-KNOWLEDGE",
    programme_id="npp",
    programme_version=1,
    part="NPP1",
    title="Knowledge",
    pass_percent=Decimal(60),
    minutes=30,
    forms={Form.A: form("A"), Form.B: form("B")},
)


def attempt(occasion: Occasion = Occasion.BASELINE, *, extra: int = 0) -> Attempt:
    return allot(uuid4(), LEARNER, "derbyshire", BLUEPRINT, occasion, extra_minutes=extra)


def started(*, extra: int = 0) -> Attempt:
    given = attempt(extra=extra)
    given.apply(start(given, History(), NINE))
    return given


def first_item(given: Attempt) -> str:
    return BLUEPRINT.forms[given.form][0].item


def test_start_opens_the_allotted_form() -> None:
    given = attempt()
    event = start(given, History(), NINE)
    assert (event.form, event.occasion, event.started_at) == (given.form, Occasion.BASELINE, NINE)
    given.apply(event)
    assert (given.state, given.due_at) == (State.STARTED, NINE + timedelta(minutes=30))


def test_start_waits_for_the_open_one() -> None:
    other = uuid4()
    with pytest.raises(AttemptAlreadyOpen) as refused:
        start(attempt(), History(open_attempt=other), NINE)
    assert refused.value.facts == {"attempt_id": str(other)}


def test_start_of_a_final_needs_no_baseline_but_a_baseline_comes_before_it() -> None:
    assert start(attempt(Occasion.FINAL), History(), NINE).occasion is Occasion.FINAL
    again = History(has_valid=True, final_submitted=True)
    assert start(attempt(Occasion.FINAL), again, NINE).occasion is Occasion.FINAL
    with pytest.raises(BaselineAfterFinal):
        start(attempt(Occasion.BASELINE), History(final_submitted=True), NINE)


def test_start_again_after_an_attempt_or_an_absence_is_allowed() -> None:
    given = attempt()
    event = start(given, History(has_valid=True, absence=uuid4()), NINE)
    assert event.attempt_id == given.attempt_id


def test_form_of_the_final_is_the_other_one_and_half_begin_with_each() -> None:
    firsts = []
    for _ in range(4_000):
        learner = new_id()
        forms = [form_for(learner, "NPP1-KNOWLEDGE", occasion) for occasion in Occasion]
        assert sorted(forms) == [Form.A, Form.B]
        firsts.append(forms[0])
    assert 0.45 < firsts.count(Form.A) / len(firsts) < 0.55


def test_form_never_changes_for_a_learner_and_blueprint() -> None:
    # By hand: printf "NPP1-KNOWLEDGE:<id>" | sha256sum begins b2; then 44, 5d, d5.
    codes = [f"NPP{part}-KNOWLEDGE" for part in range(1, 5)]
    given = [form_for(LEARNER, code, Occasion.BASELINE) for code in codes]
    assert given == [Form.A, Form.A, Form.B, Form.B]


def test_answers_merge_replace_and_are_taken_back() -> None:
    given = started()
    one, two, three = (each.item for each in BLUEPRINT.forms[given.form])
    given.answers = {one: "a", two: "a"}
    then = merge(given, BLUEPRINT, {one: "b", two: None, three: "a"}, NINE)
    assert then == {one: "b", three: "a"}
    assert given.answers == {one: "a", two: "a"}


def test_answers_off_the_form_are_named() -> None:
    given = started()
    item = first_item(given)
    with pytest.raises(ItemUnknown) as refused:
        merge(given, BLUEPRINT, {item: "a", "Z1": "a"}, NINE)
    assert refused.value.facts["item"] == "Z1"
    with pytest.raises(OptionUnknown) as refused_option:
        merge(given, BLUEPRINT, {item: "z"}, NINE)
    assert refused_option.value.field == f"answers.{item}"


@pytest.mark.parametrize("extra", [0, 15])
def test_answers_count_until_the_grace_is_over(extra: int) -> None:
    given = started(extra=extra)
    end = NINE + timedelta(minutes=30 + extra) + GRACE
    answers = {first_item(given): "b"}
    assert merge(given, BLUEPRINT, answers, end) == answers
    with pytest.raises(TimeIsUp):
        merge(given, BLUEPRINT, answers, end + timedelta(microseconds=1))


def test_submit_after_the_time_hands_in_what_was_saved() -> None:
    given = started()
    given.answers = {first_item(given): "b"}
    late = NINE + timedelta(hours=2)
    given.answers = merge(given, BLUEPRINT, {}, late)
    event = submit(given, late)
    given.apply(event)
    assert (event.answered, event.items, given.late) == (1, 3, True)


def test_submit_happens_once_and_only_to_an_open_attempt() -> None:
    given = started()
    given.apply(submit(given, NINE))
    assert (given.state, given.late) == (State.SUBMITTED, False)
    for state in (State.SUBMITTED, State.RELEASED, State.ABSENT, State.VOID):
        given.state = state
        with pytest.raises(AttemptNotOpen):
            submit(given, NINE)
        with pytest.raises(AttemptNotOpen):
            merge(given, BLUEPRINT, {}, NINE)


@pytest.mark.parametrize(
    ("answers", "answered", "percent"),
    [
        ({}, 0, "0.00"),
        ({"A1": "a", "A2": "a", "A3": "a"}, 3, "0.00"),
        ({"A1": "b"}, 1, "33.33"),
        ({"A1": "b", "A2": "b", "A3": "a"}, 3, "66.67"),
        ({"A1": "b", "A2": "b", "A3": "b"}, 3, "100.00"),
    ],
)
def test_mark_counts_blanks_apart_from_wrong_answers(
    answers: dict[str, str], answered: int, percent: str
) -> None:
    mark = BLUEPRINT.mark(Form.A, answers)
    assert (mark.answered, mark.percent) == (answered, Decimal(percent))


def test_blueprint_passes_at_the_mark_as_it_is_published() -> None:
    assert BLUEPRINT.passes(Decimal("60.00"))
    assert not BLUEPRINT.passes(Decimal("59.99"))


def test_blueprint_forms_are_of_one_length() -> None:
    shape = {slot: getattr(BLUEPRINT, slot) for slot in BLUEPRINT.__slots__}
    uneven = Blueprint(**shape | {"forms": {Form.A: form("A"), Form.B: form("B", 2)}})
    with pytest.raises(FormsDiffer) as refused:
        validate(uneven)
    assert refused.value.facts["items"] == {"A": 3, "B": 2}
