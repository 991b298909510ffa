"""An erasure is overdue while a service owes its receipt on a day after it was due."""

from datetime import date
from typing import Any

import pytest

from npp_ops.commands.privacy import standing

ASKED = [{"learner_id": "a", "due_on": "2026-12-22"}, {"learner_id": "b", "due_on": "2026-12-23"}]


def receipts(**given: list[str]) -> dict[str, dict[str, Any]]:
    return {
        name: {"items": [{"learner_id": each, "rows": {}} for each in learners]}
        for name, learners in given.items()
    }


@pytest.mark.parametrize(
    ("day", "overdue"), [(22, [False, False]), (23, [True, False]), (24, [True, True])]
)
def test_only_what_is_owed_after_its_day_is_overdue(day: int, overdue: list[bool]) -> None:
    found = standing(ASKED, receipts(enrolment=["a", "b"], events=[]), date(2026, 12, day))
    assert [each["missing"] for each in found] == [["events"], ["events"]]
    assert [set(each["done"]) for each in found] == [{"enrolment"}, {"enrolment"}]
    assert [each["overdue"] for each in found] == overdue


def test_a_force_that_has_not_confirmed_is_late_as_a_service_is() -> None:
    done = receipts(enrolment=["a", "b"])
    said: list[dict[str, Any]] = [
        {"learner_id": "a", "force_id": "kent", "confirmed_at": "2026-12-01T10:00:00Z"},
        {"learner_id": "b", "force_id": "kent", "confirmed_at": "2026-12-01T10:00:00Z"},
        {"learner_id": "b", "force_id": "essex", "confirmed_at": None},
    ]
    found = standing(ASKED, done, date(2026, 12, 24), said)
    assert [each["forces"].get("essex", "-") for each in found] == ["-", None]
    assert [each["overdue"] for each in found] == [False, True]


def test_what_every_service_has_done_is_never_overdue() -> None:
    all_of_them = receipts(enrolment=["a", "b"], events=["b", "a"])
    found = standing(ASKED, all_of_them, date(2030, 1, 1))
    assert [(each["missing"], each["overdue"]) for each in found] == [([], False)] * 2
