"""The forces by every name that files call them: reference data, so a merger is a line of it."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from enrolment.domain.errors import ForceUnknown


@dataclass(frozen=True, slots=True)
class Force:
    """A territorial force; `force_id` is that of data.police.uk."""

    force_id: str
    name: str
    ons_code: str
    aliases: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that means this force and no other."""
        return (self.force_id, self.name, self.ons_code, *self.aliases)


@cache
def forces() -> tuple[Force, ...]:
    """All of them, by id."""
    text = (files("enrolment.domain") / "forces.csv").read_text(encoding="utf-8")
    return tuple(
        Force(row["force_id"], row["name"], row["ons_code"], tuple(row["aliases"].split("|")))
        for row in csv.DictReader(text.splitlines())
    )


def plain(name: str) -> str:
    """A name without what spellings differ in: case, punctuation, `&` for `and`."""
    return " ".join(re.findall(r"\w+", name.casefold().replace("&", " and ")))


@cache
def _by_name() -> dict[str, str]:
    return {plain(name): force.force_id for force in forces() for name in force.names}


def find_force(name: str) -> str | None:
    """The id of the force that is called so; None rather than a guess."""
    return _by_name().get(plain(name))


def force_named(name: str, field: str = "force_id") -> str:
    """The same, refused when there is none."""
    found = find_force(name)
    if found is None:
        raise ForceUnknown(f"{name[:80]!r} is no force that we know", field=field)
    return found
