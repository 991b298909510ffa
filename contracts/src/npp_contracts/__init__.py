"""The contracts of the NPP training platform: what happened, as events on Kafka."""

from npp_contracts.catalogue import EVENTS, SERVICES, TOPICS
from npp_contracts.envelope import Envelope, EnvelopeError
from npp_contracts.event import Event
from npp_contracts.topics import Classification, Topic

__all__ = [
    "EVENTS",
    "SERVICES",
    "TOPICS",
    "Classification",
    "Envelope",
    "EnvelopeError",
    "Event",
    "Topic",
]
