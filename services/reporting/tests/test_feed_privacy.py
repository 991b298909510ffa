"""A feed tells its force that somebody was erased, under its own name for them, and no hold."""

from datetime import date
from uuid import UUID, uuid4

from chassis.pseudonyms import pseudonyms
from npp_contracts.enrolment import HoldLifted, HoldPlaced, LearnerErased
from npp_contracts.ids import LearnerId

from .feeding import FeedWorld
from .given import Person


async def test_each_force_is_told_what_the_others_file_has_no_trace_of(feeds: FeedWorld) -> None:
    learner_id = LearnerId(uuid4())
    due_on = date(2026, 12, 22)
    await feeds.given(
        *(
            LearnerErased(force_id=force_id, learner_id=learner_id, due_on=due_on)
            for force_id in ("essex", "kent")
        )
    )
    for force_id in ("essex", "kent"):
        (told,) = await feeds.events(force_id)
        name = str(pseudonyms().of(force_id, learner_id))
        assert (told["subject"], told["data"]["learner_id"]) == (name, name)
        assert told["data"]["due_on"] == "2026-12-22"
        assert told["time"].endswith(":00:00Z")
        # Of version 7 an id would tell the millisecond, which the other's has too.
        assert UUID(told["id"]).version == 8
    halves = [(await feeds.events(each))[0] for each in ("essex", "kent")]
    shared = {key for key in halves[0] if halves[0][key] == halves[1][key]}
    assert shared == {
        *("specversion", "type", "source", "time", "dataschema", "datacontenttype", "sequence")
    }
    first, second = (each["data"] for each in halves)
    assert first.keys() == second.keys() == {"force_id", "learner_id", "due_on"}
    assert {key for key in first if first[key] == second[key]} == {"due_on"}


async def test_no_feed_tells_of_a_hold(feeds: FeedWorld) -> None:
    person = Person("kent")
    said = {"force_id": "kent", "learner_id": person.learner_id}
    await feeds.given(HoldPlaced.model_validate(said), HoldLifted.model_validate(said))
    await feeds.given(person.registered())
    (told,) = await feeds.events("kent")
    assert (told["type"], told["sequence"]) == ("npp.enrolment.learner-registered.v1", "1")
