"""The plan: the same every time, as many as published, everybody in their place."""

from collections import Counter
from datetime import date
from random import Random

import pytest

from npp_contracts.codes import CompletedVia, Form, Occasion, SessionKind, WorkerType
from npp_contracts.day import LONDON
from npp_ops.forces import forces
from npp_ops.simulate.plan.action import FRIDAY, week_of_action
from npp_ops.simulate.plan.chance import growing, shares
from npp_ops.simulate.plan.nation import EVERYBODY, nation
from npp_ops.simulate.plan.plan import Plan, make_plan
from npp_ops.simulate.plan.programme import BEGAN, ITEMS, keys
from npp_ops.simulate.plan.sittings import answers

DAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def whole() -> Plan:
    return make_plan(DAY)


@pytest.fixture(scope="module")
def small() -> Plan:
    return make_plan(DAY, 300)


def test_plan_is_the_same_for_the_same_seed_and_another_for_another(small: Plan) -> None:
    assert make_plan(DAY, 300) == small
    assert make_plan(DAY, 300, seed=1).people != small.people


def test_nation_adds_up_to_the_published_number_in_the_given_proportions() -> None:
    assert sum(each.headcount for each in nation()) == EVERYBODY == 17_175
    # The reference data's rounded column adds up to one less; the largest force gets that one.
    extra = {"metropolitan": 1}
    assert [each.headcount for each in nation()] == [
        force.headcount + extra.get(force.id, 0) for force in forces()
    ]


@pytest.mark.parametrize("people", [43, 200, 1_000])
def test_nation_scaled_down_keeps_every_force(people: int) -> None:
    counts = [each.headcount for each in nation(people)]
    assert sum(counts) == people
    assert len(counts) == 43
    assert min(counts) >= 1


def test_pcsos_are_as_many_as_published_and_none_in_norfolk(whole: Plan) -> None:
    pcsos = Counter(p.force_id for p in whole.people if p.worker_type is WorkerType.PCSO)
    assert pcsos["norfolk"] == 0
    assert pcsos["derbyshire"] == 139
    assert pcsos["greater-manchester"] > 0


def test_people_are_told_apart_by_force_and_collar_number(whole: Plan) -> None:
    assert len({(p.force_id, p.collar) for p in whole.people}) == EVERYBODY
    taken = {(t.to_force_id, t.collar) for t in whole.moves.transfers}
    assert not taken & {(p.force_id, p.collar) for p in whole.people}


def test_addresses_can_never_be_delivered_to(whole: Plan) -> None:
    for person in whole.people:
        assert person.email.isascii()
        assert person.email.endswith(f"@{person.force_id}.police.example")


def test_welsh_forces_have_welsh_names(whole: Plan) -> None:
    names = {p.given for p in whole.people if p.force_id == "dyfed-powys"}
    assert {"Rhys", "Siân", "Angharad"} & names
    assert not {"Rhys", "Siân"} & {p.given for p in whole.people if p.force_id == "kent"}


def test_online_modules_are_more_than_eighty_thousand_half_by_each_door(whole: Plan) -> None:
    via = Counter(each.via for each in whole.completions)
    assert via.total() >= 80_000
    assert abs(via[CompletedVia.CSV] - via[CompletedVia.XAPI]) < 0.03 * via.total()


def test_a_module_is_completed_once_and_after_it_existed(whole: Plan) -> None:
    assert len({(c.person, c.module) for c in whole.completions}) == len(whole.completions)
    for each in whole.completions:
        assert max(BEGAN, whole.people[each.person].joined_on) <= each.on <= DAY


def test_take_up_grows() -> None:
    chance, half = Random(1), date(2026, 2, 26)
    days = [growing(chance, date(2025, 6, 2), DAY) for _ in range(2_000)]
    assert sum(day > half for day in days) > 1.5 * sum(day <= half for day in days)


def test_every_force_has_matched_assessments(whole: Plan) -> None:
    sat = {
        occasion: {s.person for s in whole.sittings if s.occasion is occasion and s.counts}
        for occasion in Occasion
    }
    matched = sat[Occasion.BASELINE] & sat[Occasion.FINAL]
    assert {whole.people[at].force_id for at in matched} == {force.id for force in forces()}
    assert 3_800 < len(sat[Occasion.BASELINE]) < 4_200
    assert 2_800 < len(sat[Occasion.FINAL]) < 3_200


def test_answers_have_exactly_the_planned_number_right() -> None:
    for right in range(ITEMS + 1):
        given = answers(Form.B, right, Random(right))
        assert sum(option == keys(Form.B)[item] for item, option in given.items()) == right


def test_portfolios_reach_every_state_and_enough_are_signed(whole: Plan) -> None:
    states = Counter(folder.reaches for folder in whole.folders)
    assert set(states) == {
        "draft",
        "submitted",
        "returned",
        "assessed",
        "quality-assured",
        "signed",
    }
    assert states["signed"] >= 600
    assert 1_200 < states.total() < 1_400
    signed = {whole.people[f.person].force_id for f in whole.folders if f.reaches == "signed"}
    assert len(signed) == 43


def test_every_force_teaches_and_its_calendar_has_every_kind_of_session(whole: Plan) -> None:
    held = {each.force_id for each in whole.classes if each.held}
    assert {force.id for force in forces()} <= held
    ahead = [each for each in whole.classes if not each.held]
    assert any(each.cancelled for each in ahead)
    assert any(len(each.asking) > each.capacity for each in ahead)
    assert any(each.gives_up and each.taken_away for each in ahead)


def test_week_of_action_has_the_published_titles_and_times(small: Plan) -> None:
    sessions = week_of_action(small.people, 1, date(2026, 6, 1))
    local = [each.starts_at.astimezone(LONDON) for each in sessions]
    assert [(at.date(), at.hour) for at in local] == [(FRIDAY, 10), (FRIDAY, 12), (FRIDAY, 14)]
    assert sessions[1].title.startswith("Faces in our communities: maximising opportunities")
    assert {each.kind for each in sessions} == {SessionKind.WEEK_OF_ACTION}
    assert not any(each.held for each in sessions)
    assert all(each.held for each in week_of_action(small.people, 1, DAY))


def test_nobody_is_moved_twice(whole: Plan) -> None:
    moves = whole.moves
    moved = [each.person for each in moves.transfers]
    moved += [each.person for each in moves.deferrals] + [each.person for each in moves.withdrawals]
    moved += moves.promoted
    assert len(moved) == len(set(moved))
    assert 35 <= len(moves.transfers) <= 45


def test_shares_add_up_and_keep_proportions() -> None:
    assert shares(10, [1, 1, 1]) == [4, 3, 3]
    assert shares(7, [2, 0, 5]) == [2, 0, 5]
