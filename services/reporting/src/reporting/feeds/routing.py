"""To whom an event goes: to the force it names, and to nobody when that is in doubt."""

from datetime import datetime
from functools import partial
from typing import Final

from chassis.consumer import Unreadable, validated
from chassis.pseudonyms import Pseudonyms
from npp_contracts.catalogue import EVENTS
from npp_contracts.enrolment import HoldLifted, HoldPlaced, LearnerErased, LearnerTransferred
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from npp_contracts.ids import SANDBOX
from npp_contracts.reporting import LearnerJoined, LearnerLeft
from reporting.domain.forces import NATIONAL, forces
from reporting.feeds.entry import Entry, entry
from reporting.feeds.identities import UnknownIdentity, renamed

UNTOLD: Final = (HoldPlaced, HoldLifted)
"""What no feed tells: a hold may belong to an investigation, and analysts read feeds."""
TYPES: Final = frozenset(EVENTS) - {LearnerTransferred.type, *(each.type for each in UNTOLD)}
"""What may stand in a feed: a transfer stands there as two events, one for each force."""


def routed(envelope: Envelope, names: Pseudonyms) -> list[Entry]:
    """What the event gives to which feed. Raises Unreadable rather than guess."""
    event = validated(EVENTS[envelope.type], envelope)
    if event.force_id != envelope.forceid:
        raise Unreadable(f"forceid is {envelope.forceid}, and the payload's is {event.force_id}")
    if event.key != envelope.subject:
        raise Unreadable("subject is not the payload's key")
    if event.force_id not in (NATIONAL, *forces()):
        raise Unreadable(f"{event.force_id} is no force that is known here")
    if isinstance(event, UNTOLD):
        return []
    if isinstance(event, LearnerTransferred):
        return _transferred(envelope, event, names)
    return [_own(envelope, event, names)]


def invented(envelope: Envelope, event: Event, names: Pseudonyms) -> Entry:
    """What the sandbox is told of something that never happened, as a force is told of the like.

    A transfer must be to or from the sandbox.
    """
    if not isinstance(event, LearnerTransferred):
        return _own(envelope, event, names)
    kind = LearnerJoined if event.force_id == SANDBOX else LearnerLeft
    return _moved(kind, SANDBOX, envelope, event, names)


def _own(envelope: Envelope, event: Event, names: Pseudonyms) -> Entry:
    feed, kind = event.force_id, type(event)
    try:
        values = renamed(kind, event.model_dump(mode="json"), partial(names.written, feed))
    except UnknownIdentity as unknown:
        raise Unreadable(str(unknown)) from unknown
    subject = str(values.get("learner_id", event.key))
    # All forces that had somebody are told at once, each by an event of its own: as for a transfer,
    # neither time nor id may be the other's neighbour.
    shared = isinstance(event, LearnerErased)
    return entry(
        kind,
        feed,
        event_id=names.derived(feed, envelope.id) if shared else envelope.id,
        time=_hour(envelope.time) if shared else envelope.time,
        subject=subject,
        values=values,
        named_by=names.fingerprint(feed),
    )


def _transferred(envelope: Envelope, event: LearnerTransferred, names: Pseudonyms) -> list[Entry]:
    left, joined = event.from_force_id, event.force_id
    if left == joined or not {left, joined} <= forces().keys():
        raise Unreadable(f"a transfer is from one known force to another, not {left} to {joined}")
    return [
        _moved(LearnerLeft, left, envelope, event, names),
        _moved(LearnerJoined, joined, envelope, event, names),
    ]


def _moved(
    kind: type[LearnerLeft | LearnerJoined],
    feed: str,
    envelope: Envelope,
    event: LearnerTransferred,
    names: Pseudonyms,
) -> Entry:
    learner_id = names.of(feed, event.learner_id)
    said = kind.model_validate(
        {"force_id": feed, "learner_id": learner_id, "effective_on": event.effective_on}
    )
    # Its time is to the hour: by the microsecond two forces could find each other's half of it.
    return entry(
        kind,
        feed,
        event_id=names.derived(feed, envelope.id),
        time=_hour(envelope.time),
        subject=str(learner_id),
        values=said.model_dump(mode="json"),
        named_by=names.fingerprint(feed),
    )


def _hour(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)
