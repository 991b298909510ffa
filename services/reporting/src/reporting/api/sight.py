"""What a caller may see: whose rows, and whether small numbers are shown to them."""

from dataclasses import dataclass
from typing import Annotated, get_args

from fastapi import Depends

from chassis.auth import Actor
from chassis.database import scope_of
from chassis.http import Caller
from reporting.domain.forces import NATIONAL
from reporting.projections.completions import Period

READERS = (
    "national-admin",
    "national-analyst",
    "national-publisher",
    "moderator",
    "force-admin",
    "force-analyst",
    "force-signoff",
)


@dataclass(frozen=True, slots=True)
class Sight:
    """force: the one whose rows are seen, None for all. exact: small numbers are not hidden."""

    force: str | None
    exact: bool

    @property
    def scope(self) -> str:
        """What row-level security goes by."""
        return scope_of(self.force or NATIONAL, national=self.force is None)

    @property
    def periods(self) -> tuple[Period, ...]:
        """Shown side by side, days and weeks would tell what months withhold."""
        return get_args(Period) if self.exact else ("month",)

    @property
    def name(self) -> str:
        return self.force or NATIONAL


def sight_of(actor: Actor) -> Sight:
    """A force sees its own people as they are; of the nation only its administrators do."""
    actor.require(*READERS)
    if actor.national:
        return Sight(None, exact="national-admin" in actor.roles)
    return Sight(actor.force_id, exact=True)


async def _sight(actor: Caller) -> Sight:
    return sight_of(actor)


Sees = Annotated[Sight, Depends(_sight)]
"""Route dependency: refuses who may not read figures at all."""
