"""Who acts, with which roles, for which force."""

from dataclasses import dataclass
from typing import Final

from chassis.errors import Forbidden

NATIONAL: Final = "national"


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated caller. `force_id` is a force's id, or "national" for all forces."""

    subject: str
    roles: frozenset[str]
    force_id: str

    @property
    def person(self) -> str:
        """The opaque person id that separation of duties compares."""
        return self.subject

    @property
    def national(self) -> bool:
        """Whether the actor works for all forces."""
        return self.force_id == NATIONAL

    def require(self, *roles: str) -> None:
        """Raise Forbidden unless the actor holds at least one of the roles."""
        if self.roles.isdisjoint(roles):
            raise Forbidden(f"needs one of: {', '.join(sorted(roles))}", needs=sorted(roles))

    def sees(self, force_id: str) -> bool:
        """Whether the actor may read facts of that force; what no force owns, everybody may."""
        return self.national or force_id in (self.force_id, NATIONAL)

    def acts_for(self, force_id: str) -> bool:
        """Whether the actor may change facts of that force; national ones need a national actor."""
        return self.national or self.force_id == force_id


SYSTEM: Final = Actor(subject="system", roles=frozenset({"system"}), force_id=NATIONAL)
"""What flows act as. It sees every force; no token can carry its role."""
