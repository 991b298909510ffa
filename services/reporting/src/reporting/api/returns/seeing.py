"""Who sees what of a return: its publisher all, other national readers what is published."""

from dataclasses import dataclass
from typing import Any, Final

from chassis.auth import Actor
from reporting.api.returns.figures import EXACT, SHOWN
from reporting.api.sight import Sight, sight_of
from reporting.commands.returns import PUBLISHER
from reporting.domain.forces import forces
from reporting.domain.returns import SETS, Confirmation, Part, State, standing
from reporting.store.returns import Made, OpenedReturn

_EARLY: Final = frozenset({PUBLISHER, "national-admin"})


@dataclass(frozen=True, slots=True)
class Seeing:
    """What one reader may be shown. early: also versions that are not published."""

    sight: Sight
    early: bool

    @property
    def national(self) -> bool:
        return self.sight.force is None

    @property
    def documents(self) -> str:
        """Under which name what they read is kept."""
        return self.sight.force or (EXACT if self.sight.exact else SHOWN)

    def sees(self, version: Made) -> bool:
        return self.early or version.state is State.PUBLISHED


def seeing_of(actor: Actor) -> Seeing:
    """A force sees its own part of any version: it is asked to confirm it."""
    sight = sight_of(actor)
    return Seeing(sight, sight.force is not None or not actor.roles.isdisjoint(_EARLY))


def shown(opened: OpenedReturn) -> dict[str, Any]:
    return {
        "return_id": opened.return_id,
        "set": opened.figure_set,
        "title": SETS[opened.figure_set].title,
        "period": opened.period,
        "as_of": opened.as_of,
        "opened_at": opened.opened_at,
    }


def shown_version(
    made: Made,
    parts: dict[str, Part],
    confirmations: list[Confirmation],
    seeing: Seeing,
) -> dict[str, Any]:
    """A version and who has confirmed it: nationally also who has not; to a force itself alone."""
    hashes = {force_id: part.sha256 for force_id, part in parts.items()}
    held = standing(made.version, hashes, confirmations)
    told: dict[str, Any] = {
        "version": made.version,
        "state": made.state,
        "known_at": made.known_at,
        "made_at": made.made_at,
        "published_at": made.published_at,
        "problem": made.problem,
        "confirmed": list(held.values()),
    }
    if seeing.national:
        # A reason may well speak of one force, and a late confirmation is made by one.
        told |= {
            "reason": made.reason,
            "made_by": made.made_by,
            "published_by": made.published_by,
            "not_applied": made.not_applied,
            "missing": [each for each in forces() if each not in held],
            "without_denominator": [each for each, part in parts.items() if not part.denominator],
        }
    return told
