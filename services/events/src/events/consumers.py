"""What other services' events make this one do."""

from chassis.auth import NATIONAL
from chassis.consumer import Flow
from chassis.work import Work
from events.commands import release
from events.domain.place import Place, PlaceState
from events.domain.session import Session
from events.store import place_learner, upcoming
from events.store.privacy import PRIVACY
from npp_contracts.enrolment import HoldLifted, HoldPlaced, LearnerErased, LearnerTransferred
from npp_contracts.envelope import Envelope


async def hand_over_places(work: Work, event: LearnerTransferred, meta: Envelope) -> None:
    """Places ahead go along to the new force; those at the old force's own sessions are freed.

    What has been held stays with the force that held it, and so does its register.
    """
    await place_learner(work.session, event.learner_id, event.force_id, meta.sequence)
    for session_id, place_id in await upcoming(work.session, event.learner_id):
        session = await work.get(Session, session_id)
        place = await work.get(Place, place_id)
        if place.state is PlaceState.CANCELLED:
            continue
        if session.force_id in (NATIONAL, event.force_id):
            place.force_id = event.force_id
        else:
            await release(work, session, place)


FLOWS = [
    Flow("events.transfers", {LearnerTransferred: hand_over_places}),
    PRIVACY.flow(LearnerErased, HoldPlaced, HoldLifted),
]
