"""Whom the demo's sign-in page offers, and which roles there are."""

from dataclasses import dataclass
from functools import cache

from npp_ops.forces import forces

NATIONAL = "national"
ROLES = (
    "national-admin",
    "national-analyst",
    "national-publisher",
    "national-dpo",
    "learning-platform",
    "assessment-author",
    "force-admin",
    "force-analyst",
    "candidate",
    "line-manager",
    "assessor",
    "iqa",
    "force-signoff",
    "force-system",
    "force-dpo",
    "moderator",
)
NATIONAL_ROLES = frozenset(
    {
        "national-admin",
        "national-analyst",
        "national-publisher",
        "national-dpo",
        "learning-platform",
        "assessment-author",
    }
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody invented: an opaque subject, what they may do and for whom."""

    subject: str
    title: str
    roles: tuple[str, ...]
    force_id: str


@cache
def identities() -> dict[str, Identity]:
    """By subject: two national people, then an administrator, analyst and IQA of each force."""
    offered = [
        Identity(f"demo-{role}", title, (role,), NATIONAL)
        for role, title in (
            ("national-analyst", "National analyst"),
            ("national-admin", "National administrator"),
        )
    ]
    offered += [
        Identity(f"demo-{role}-{force.id}", f"{force.name}: {title}", (role,), force.id)
        for force in forces()
        for role, title in (
            ("force-analyst", "analyst"),
            ("force-admin", "administrator"),
            ("iqa", "quality assurer"),
        )
    ]
    return {identity.subject: identity for identity in offered}
