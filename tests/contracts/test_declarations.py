"""A contract that the catalogue could not describe does not even import."""

import pytest
from pydantic import ValidationError

from npp_contracts import EVENTS, Classification, Event, Topic
from npp_contracts.catalogue import UnknownMajor, find
from npp_contracts.enrolment import EnrolmentResumed, LearnerEnrolled
from npp_contracts.ids import LearnerId
from npp_contracts.testing import all_examples, examples
from npp_contracts.topics import LEARNERS, DeclarationError

OFFICIAL = Classification.OFFICIAL
MENDED_BY = "python -m npp_contracts.generate"


def test_an_event_without_a_topic_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"needs a topic[^$]*" + MENDED_BY):

        class LearnerSeen(Event, type="npp.enrolment.learner-seen.v1"):
            """Somebody saw a learner."""


def test_an_event_without_its_key_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"lacks its topic's key[^$]*" + MENDED_BY):

        class LearnerSeen(Event, type="npp.enrolment.learner-seen.v1", topic=LEARNERS):
            """Somebody saw a learner."""


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        ("learner-seen", "is not npp"),
        ("npp.enrolment.learner-seen", "is not npp"),
        ("npp.portfolio.learner-seen.v1", "enrolment owns"),
        ("npp.enrolment.learner-looked-at.v1", "must say 'learner-seen'"),
    ],
)
def test_a_wrong_type_is_refused(declared: str, why: str) -> None:
    with pytest.raises(DeclarationError, match=why):

        class LearnerSeen(Event, type=declared, topic=LEARNERS):
            """Somebody saw a learner."""

            learner_id: LearnerId


def test_an_event_without_a_docstring_is_refused() -> None:
    with pytest.raises(DeclarationError, match="needs a docstring"):

        class LearnerSeen(Event, type="npp.enrolment.learner-seen.v1", topic=LEARNERS):
            learner_id: LearnerId


def test_a_new_major_version_stands_beside_the_old_one() -> None:
    class LearnerSeenV2(Event, type="npp.enrolment.learner-seen.v2", topic=LEARNERS):
        """Somebody saw a learner, better."""

        learner_id: LearnerId

    assert LearnerSeenV2.type == "npp.enrolment.learner-seen.v2"


@pytest.mark.parametrize(
    ("name", "owner", "key", "classification", "why"),
    [
        ("npp.portfolio.x", "", "x_id", OFFICIAL, "needs an owner"),
        ("npp.portfolio.x", "portfolio", "", OFFICIAL, "needs a key"),
        ("npp.portfolio.x", "portfolio", "x_id", None, "needs a classification"),
        ("portfolio.x", "portfolio", "x_id", OFFICIAL, "must be named npp.portfolio"),
        ("npp.events.x", "portfolio", "x_id", OFFICIAL, "must be named npp.portfolio"),
    ],
)
def test_a_topic_without_owner_key_or_classification_is_refused(
    name: str, owner: str, key: str, classification: Classification, why: str
) -> None:
    with pytest.raises(DeclarationError, match=rf"{why}[^$]*{MENDED_BY}"):
        Topic(name, owner, key, 6, classification, "A bad sample.")


def test_an_event_knows_its_key() -> None:
    for example in all_examples():
        assert example.event.key == example.headers["ce_subject"]


def test_an_event_is_frozen_and_its_readers_ignore_what_they_do_not_know() -> None:
    example = examples(EnrolmentResumed)[0]
    event = EnrolmentResumed.model_validate({**example.payload, "later": "a field of next year"})
    assert event == example.event
    with pytest.raises(ValidationError):
        event.force_id = "kent"  # type: ignore[misc]


def test_an_unknown_type_is_ignored_and_an_unknown_major_is_not() -> None:
    assert find(LearnerEnrolled.type) is LearnerEnrolled
    assert find("npp.enrolment.learner-seen.v1") is None
    with pytest.raises(UnknownMajor):
        find("npp.enrolment.learner-enrolled.v2")


def test_every_event_is_in_the_catalogue_under_its_own_type() -> None:
    assert {event.type: event for event in EVENTS.values()} == EVENTS
