"""Which roles may do what, and for which force they do it."""

from typing import Final
from uuid import UUID

from chassis.auth import Actor
from chassis.privacy.routes import OFFICERS
from enrolment.domain.errors import AnotherForce, EnrolmentUnknown, ForceNeeded, LearnerUnknown
from enrolment.domain.forces import force_named

ADMINS: Final = ("force-admin", "national-admin")
PLATFORM: Final = ("learning-platform", "national-admin")
READERS: Final = (
    "force-admin",
    "force-analyst",
    "national-admin",
    "national-analyst",
    "line-manager",
    "assessor",
    "iqa",
    "force-signoff",
    "moderator",
    *OFFICERS,
)


def sight(actor: Actor) -> str | None:
    """The only force whose rows a query may show; None for all."""
    return None if actor.national else actor.force_id


def acting_force(actor: Actor, named: str | None) -> str:
    """The force an upload is for: the caller's own, or the one that a national caller names."""
    if not actor.national:
        if named is not None and force_named(named) != actor.force_id:
            raise AnotherForce(field="force_id")
        return actor.force_id
    if named is None:
        raise ForceNeeded(field="force_id")
    return force_named(named)


def may_read(actor: Actor, learner_id: UUID | None = None) -> None:
    """Staff read everybody in sight, candidates themselves and, of others, not even existence."""
    if actor.roles.isdisjoint(READERS) and "candidate" in actor.roles and learner_id is not None:
        if actor.person != str(learner_id):
            raise LearnerUnknown
        return
    actor.require(*READERS)


def may_read_enrolment(actor: Actor, learner_id: UUID) -> None:
    """The same for an enrolment, which must look absent too."""
    try:
        may_read(actor, learner_id)
    except LearnerUnknown as hidden:
        raise EnrolmentUnknown from hidden
