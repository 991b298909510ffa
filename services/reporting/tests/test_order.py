"""Any interleaving of topics, in batches of any size, gives the same figures."""

import json
from collections import defaultdict
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from reporting.api.figures import FIGURES

from .given import Person, file_taken, still_waiting, workforce
from .world import World

# What depends on when it is asked, or on how the events came in batches.
_PASSING = ("as_of", "freshness", "at")


def story() -> list[Event]:
    """Everything that can overtake: roles, transfers, states and voids on several topics."""
    first, mover, leaver = (Person("kent", learner_id=UUID(int=n)) for n in (1, 2, 3))
    attempt = {"attempt_id": UUID(int=9)}
    return [
        workforce("kent", 100),
        workforce("kent", 90),
        file_taken("kent", refused=3, unmatched=2),
        file_taken("kent", refused=1, kind="completions"),
        still_waiting("kent", 4),
        still_waiting("kent", 3),
        *first.certified(),
        first.result("baseline", 40),
        first.result("final", 80, **attempt),
        first.result("final", None, **attempt, outcome="void", valid=False, first_valid=False),
        *first.attended(),
        *mover.certified(),
        mover.completed("a"),
        mover.updated(neighbourhood=False),
        mover.transferred("essex"),
        mover.updated(neighbourhood=True),
        mover.completed("b"),
        mover.part_completed(),
        *leaver.certified()[:4],
        leaver.updated(neighbourhood=False),
        *leaver.attended("no-show"),
    ]


async def figures(world: World) -> dict[str, Any]:
    found = {name: await world.figure(name) for name in FIGURES if name != "freshness"}
    return {
        name: json.loads(json.dumps({k: v for k, v in each.items() if k not in _PASSING}))
        for name, each in found.items()
    }


def interleaved(
    draw: st.DataObject, topics: dict[str, list[Envelope]]
) -> list[tuple[str, list[Envelope]]]:
    """Batches that keep the order of each topic and nothing else."""
    left = {name: list(events) for name, events in topics.items()}
    batches = []
    while left:
        name = draw.draw(st.sampled_from(sorted(left)))
        size = draw.draw(st.integers(1, len(left[name])))
        batches.append((name, left[name][:size]))
        left[name] = left[name][size:]
        left = {each: events for each, events in left.items() if events}
    return batches


async def by_topic(world: World) -> dict[str, list[Envelope]]:
    """The story on a database that has forgotten everything."""
    await world.forget()
    topics = defaultdict(list)
    for event, envelope in world.recorded.envelopes(story()):
        topics[event.topic.name].append(envelope)
    return topics


@pytest.fixture
async def straight(world: World) -> dict[str, Any]:
    """The figures when each topic comes as a whole."""
    for batch in (await by_topic(world)).values():
        await world.project(*batch)
    await world.count()
    return await figures(world)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_any_interleaving_of_topics_gives_the_same_figures(
    world: World, straight: dict[str, Any], data: st.DataObject
) -> None:
    for _, batch in interleaved(data, await by_topic(world)):
        await world.project(*batch)
    await world.count()
    assert await figures(world) == straight
    assert straight["headline"]["numerator"] == 2
