"""A force confirms that it has erased its own copies of somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chassis.auth import Actor
from chassis.work import Work
from reporting.domain.erasures import ErasuresOfForces, Told, confirming
from reporting.store import erasures

CONFIRMERS: Final = ("force-admin", "force-system")


@dataclass(frozen=True, slots=True)
class ConfirmErasures:
    """All of them or none."""

    pseudonyms: Sequence[UUID]


async def confirm_erasures(work: Work, command: ConfirmErasures) -> list[Told]:
    """As they stand after it."""
    expect_confirmer(work.actor)
    force_id, session = work.actor.force_id, work.session
    told = await erasures.these(session, force_id, command.pseudonyms)
    wanted = confirming(command.pseudonyms, told)
    await erasures.confirm(session, force_id, wanted, work.actor.subject, work.now)
    return await erasures.these(session, force_id, wanted)


def expect_confirmer(actor: Actor) -> None:
    """Raises Forbidden; nothing is asked of the database before this."""
    actor.require(*CONFIRMERS)
    if actor.national:
        raise ErasuresOfForces
