"""The ledger: its definitions worked by hand, and its sums against each other."""

from datetime import UTC, date, datetime, timedelta

import pytest

from npp_contracts.codes import SessionCancellation, SessionKind
from npp_contracts.ids import NATIONAL
from npp_ops.forces import forces
from npp_ops.simulate.ledger.ending import Ending, seats_of
from npp_ops.simulate.ledger.events import events
from npp_ops.simulate.ledger.figures import attendance, enrolments, headline, portfolios
from npp_ops.simulate.ledger.figures import forces as force_table
from npp_ops.simulate.ledger.improvement import improvement, scores
from npp_ops.simulate.ledger.ledger import Ask, asks, expected
from npp_ops.simulate.plan.classes import Class
from npp_ops.simulate.plan.plan import Plan, make_plan
from npp_ops.simulate.verify.comparison import Comparison, Difference

DAY = date(2026, 11, 22)
NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def ending() -> Ending:
    return Ending(make_plan(DAY, 1_500))


def test_improvement_is_the_ratio_of_means_as_in_the_definition() -> None:
    found = scores([(20, 50), (50, 70), (80, 85)])
    assert found["mean_baseline"] == 50
    assert found["mean_final"] == 68.33
    assert found["change_percent"] == 36.67
    assert found["points"] == 18.33
    assert found["gain"] == 0.367
    # Standard deviations of 30 and 17.56: the root of their mean square is 24.58.
    assert found["effect_size"] == 0.746


def test_improvement_of_a_small_nation_is_what_its_planned_answers_come_to(ending: Ending) -> None:
    right: dict[str, dict[int, int]] = {"baseline": {}, "final": {}}
    for sitting in ending.plan.sittings:
        valid = sitting.right[1 if sitting.void else 0 :]
        if valid:
            right[sitting.occasion][sitting.person] = valid[0]
    both = right["baseline"].keys() & right["final"].keys()
    before = sum(5 * right["baseline"][at] for at in both) / len(both)
    after = sum(5 * right["final"][at] for at in both) / len(both)
    found = improvement(ending, None)
    assert found["n_matched"] == len(both)
    assert found["change_percent"] == round(100 * (after - before) / before, 2)
    assert found["change_low"] < found["change_percent"] < found["change_high"]


def test_improvement_of_fewer_than_ten_is_not_shown(ending: Ending) -> None:
    found = improvement(ending, "city-of-london")
    assert 0 < found["n_matched"] < 10
    assert found["change_percent"] is None


def test_the_whole_nation_improves_by_about_the_claimed_share() -> None:
    found = improvement(Ending(make_plan(DAY)), None)
    assert 42 < found["change_percent"] < 48


def test_forces_add_up_to_the_nation(ending: Ending) -> None:
    table = force_table(ending, None)
    for column, number in table["totals"].items():
        if column != "force_id":
            assert number == sum(row[column] for row in table["rows"])
    assert headline(ending, None)["numerator"] == table["totals"]["signed"]
    assert enrolments(ending, None)["n"] == portfolios(ending, None)["n"] == 1_500


def test_transferred_people_are_counted_where_they_are_now(ending: Ending) -> None:
    transfer = ending.plan.moves.transfers[0]
    left = ending.first_force(transfer.person)
    first = sum(person.force_id == left for person in ending.plan.people)
    gone = [t for t in ending.plan.moves.transfers if ending.first_force(t.person) == left]
    come = [t for t in ending.plan.moves.transfers if t.to_force_id == left]
    row = next(r for r in force_table(ending, left)["rows"])
    assert row["registered"] == first - len(gone) + len(come)


def test_every_reader_is_asked_for_and_every_figure_has_numbers(ending: Ending) -> None:
    readers = {ask.force_id for ask in asks(ending)}
    assert readers == {NATIONAL, *(force.id for force in forces())}
    assert all(expected(ending, ask) for ask in asks(ending))


def test_events_follow_from_each_other(ending: Ending) -> None:
    counts = events(ending)
    assert counts["attendance-recorded"] == sum(
        row[name]
        for row in attendance(ending, None)["rows"]
        if row["force_id"] == "all"
        for name in ("full", "part", "no_show")
    )
    assert counts["portfolio-opened"] == counts["learner-registered"] == 1_500
    assert counts["programme-completed"] <= counts["part-completed"]


def coming(plan: Plan, asking: tuple[int, ...], **more: object) -> Class:
    title, module = "Invented", "collaborative-engagement"
    kind = SessionKind.CLASSROOM
    force = plan.people[asking[0]].force_id
    planned = Class(
        "one", force, kind, title, module, NINE, NINE + timedelta(hours=8), 2, 420, "", asking
    )
    return Class(**{**_fields(planned), **more})  # type: ignore[arg-type]


def _fields(planned: Class) -> dict[str, object]:
    return {name: getattr(planned, name) for name in planned.__slots__}


def stayers(plan: Plan) -> tuple[int, ...]:
    return tuple(p.at for p in plan.people if p.at not in plan.transferred)[:4]


def test_who_gives_up_makes_room_for_the_first_who_waits(ending: Ending) -> None:
    plan = ending.plan
    asking = stayers(plan)
    seats = seats_of(coming(plan, asking, gives_up=asking[:1]), plan)
    assert (seats.booked, seats.waiting) == (2, 1)
    assert (seats.bookings, seats.waits, seats.cancellations) == (3, 2, 1)


def test_a_cancelled_session_takes_every_place_with_it(ending: Ending) -> None:
    plan = ending.plan
    session = coming(plan, stayers(plan), cancelled=SessionCancellation.OTHER)
    seats = seats_of(session, plan)
    assert (seats.booked, seats.waiting, seats.cancellations) == (0, 0, 4)


def test_a_falsified_ledger_differs_from_what_is_found(ending: Ending) -> None:
    ask = Ask(NATIONAL, "headline")
    found = expected(ending, ask)
    false = found | {"national headline numerator": -1}
    comparison = Comparison(0, [])
    comparison.take(false, found)
    numerator = found["national headline numerator"]
    wrong = Difference("national headline numerator", -1, numerator)
    assert (comparison.compared, comparison.differences) == (len(found), [wrong])


def test_a_number_on_one_side_only_is_a_difference() -> None:
    comparison = Comparison(0, [])
    comparison.take({"a": 1, "b": 2}, {"b": 2, "c": 3})
    assert [each.where for each in comparison.differences] == ["a", "c"]
    assert comparison.compared == 3
