"""Portfolios open when enrolment, programme and framework are all known, in whatever order."""

from itertools import permutations

import pytest

from chassis.clock import new_id

from . import given
from .world import World

ORDERS = list(permutations(["enrolled", "programme", "framework"]))


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_a_portfolio_opens_with_the_last_of_its_three_causes(
    world: World, order: tuple[str, ...]
) -> None:
    name, learner_id = "p-" + "".join(word[0] for word in order), new_id()
    enrolled = given.enrolled(new_id(), learner_id, "NPP1", name)
    for step, said in enumerate(order, 1):
        match said:
            case "enrolled":
                await world.deliver((enrolled, 1))
            case "programme":
                await world.deliver((given.programme(1, name), 1))
            case _:
                assert (await world.publish_framework("NPP1", name)).status_code == 201
        assert (await world.portfolio_of(learner_id) is not None) == (step == 3)
    opened = await world.portfolio_of(learner_id)
    assert (opened.state, opened.version, opened.force_id) == ("draft", 1, "derbyshire")
    assert opened.criteria == given.CODES
    assert await world.published(opened.portfolio_id) == ["portfolio-opened"]


async def test_what_arrives_twice_opens_one_portfolio(ready: World) -> None:
    learner_id, enrolment_id = new_id(), new_id()
    event = given.enrolled(enrolment_id, learner_id)
    await ready.deliver((event, 1), (event, 1))
    await ready.deliver((event, 1))
    await ready.deliver((given.programme(), 1))
    opened = await ready.portfolio_of(learner_id)
    assert await ready.published(opened.portfolio_id) == ["portfolio-opened"]


async def test_a_part_without_portfolio_opens_none(ready: World) -> None:
    learner_id = new_id()
    await ready.deliver((given.enrolled(new_id(), learner_id, "NPP2"), 1))
    assert await ready.portfolio_of(learner_id) is None


async def test_a_portfolio_keeps_the_framework_version_that_it_was_opened_on(world: World) -> None:
    await world.deliver((given.programme(1, "versions"), 1))
    await world.publish_framework("NPP1", "versions", 1)
    before = await world.opened("versions")
    await world.publish_framework("NPP1", "versions", 2)
    after = await world.opened("versions")
    kept = await world.portfolio_of(before.learner_id)
    assert (kept.framework_version, after.framework_version) == (1, 2)


async def test_withdrawal_rests_a_portfolio_and_enrolling_again_wakes_it(ready: World) -> None:
    learner_id, enrolment_id = new_id(), new_id()
    event, end = given.enrolled(enrolment_id, learner_id), given.withdrawn(enrolment_id, learner_id)
    await ready.deliver((event, 1))
    await ready.deliver((end, 2))
    rested = await ready.portfolio_of(learner_id)
    assert (rested.state, rested.version) == ("withdrawn", 1)
    await ready.deliver((event, 3))
    assert (await ready.portfolio_of(learner_id)).state == "draft"
    sql = "SELECT action FROM decision_log WHERE portfolio_id = :id ORDER BY position"
    actions = [row.action for row in await ready.rows(sql, id=rested.portfolio_id)]
    assert actions == ["portfolio-opened", "withdrawn", "reinstated"]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("again", [True, False])
async def test_what_comes_of_an_enrolment_that_ended_does_not_depend_on_timing(
    ready: World, together: bool, again: bool
) -> None:
    learner_id, enrolment_id = new_id(), new_id()
    event, end = given.enrolled(enrolment_id, learner_id), given.withdrawn(enrolment_id, learner_id)
    story = [(event, 1), (end, 2), *([(event, 3)] if again else [])]
    for batch in [story] if together else [[one] for one in story]:
        await ready.deliver(*batch)
    opened = await ready.portfolio_of(learner_id)
    assert opened.state == ("draft" if again else "withdrawn")
    assert await ready.published(opened.portfolio_id) == ["portfolio-opened"]


async def test_a_framework_that_comes_after_the_end_opens_a_resting_portfolio(world: World) -> None:
    learner_id, enrolment_id = new_id(), new_id()
    await world.deliver((given.programme(1, "ended"), 1))
    await world.deliver((given.enrolled(enrolment_id, learner_id, "NPP1", "ended"), 1))
    await world.deliver((given.withdrawn(enrolment_id, learner_id), 2))
    await world.publish_framework("NPP1", "ended")
    assert (await world.portfolio_of(learner_id)).state == "withdrawn"


@pytest.mark.parametrize("transfer_first", [True, False])
async def test_a_portfolio_is_in_the_force_that_its_learner_moved_to(
    ready: World, transfer_first: bool
) -> None:
    learner_id = new_id()
    events = [
        (given.enrolled(new_id(), learner_id), 1),
        (given.transferred(learner_id, "kent"), 2),
    ]
    for event in reversed(events) if transfer_first else events:
        await ready.deliver(event)
    assert (await ready.portfolio_of(learner_id)).force_id == "kent"


async def test_an_older_transfer_that_comes_again_moves_nothing(ready: World) -> None:
    opened = await ready.opened()
    first = given.transferred(opened.learner_id, "kent")
    await ready.deliver((first, 2))
    await ready.deliver((given.transferred(opened.learner_id, "essex", "kent"), 3))
    await ready.deliver((first, 2))
    assert (await ready.portfolio_of(opened.learner_id)).force_id == "essex"


async def test_thousands_open_when_their_framework_appears(world: World) -> None:
    await world.deliver((given.programme(1, "late"), 1))
    people = [(given.enrolled(new_id(), new_id(), "NPP1", "late"), 1) for _ in range(2_500)]
    await world.deliver(*people)
    assert (await world.publish_framework("NPP1", "late")).status_code == 201
    (counts,) = await world.rows("""
        SELECT count(*) AS portfolios, count(l.*) AS entries, count(e.*) AS events
        FROM portfolios p LEFT JOIN decision_log l USING (portfolio_id)
        LEFT JOIN event_log e ON e.aggregateid = p.portfolio_id::text
        WHERE p.programme_id = 'late'
    """)
    assert tuple(counts) == (2_500, 2_500, 2_500)


@pytest.fixture
async def ready(world: World) -> World:
    await world.deliver((given.programme(), 1))
    await world.publish_framework()
    return world
