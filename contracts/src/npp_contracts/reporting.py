"""What reporting publishes: to each force that somebody came or went; else it only reads."""

from datetime import date

from npp_contracts.event import Event
from npp_contracts.ids import LearnerId
from npp_contracts.topics import FORCE_STREAMS


class LearnerLeft(Event, type="npp.reporting.learner-left.v1", topic=FORCE_STREAMS):
    """A learner moved from this force to another; what was achieved here stays in its figures.

    It stands in the force's feed in place of the transfer, and does not say where to.
    """

    learner_id: LearnerId
    """As this force knows the learner; no other force is given the same id."""
    effective_on: date


class LearnerJoined(Event, type="npp.reporting.learner-joined.v1", topic=FORCE_STREAMS):
    """A learner came to this force from another, with a record that began there.

    It stands in the force's feed in place of the transfer, and does not say where from.
    """

    learner_id: LearnerId
    """As this force knows the learner; no other force is given the same id."""
    effective_on: date
