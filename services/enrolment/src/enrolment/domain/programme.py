"""The programme as versioned data: parts, modules, and whom a rule puts on which part."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from enrolment.domain.errors import (
    CodeRepeated,
    PartNeedsNothing,
    PartUnknown,
    ProgrammeVersionExists,
    ProgrammeVersionGap,
)
from npp_contracts.codes import Rank, WorkerType
from npp_contracts.enrolment import Part, ProgrammePublished
from npp_contracts.event import Value
from npp_contracts.ids import NATIONAL


class Role(Protocol):
    """What a rule looks at."""

    worker_type: WorkerType
    rank: Rank
    neighbourhood: bool


class Rule(Value):
    """Who is put on a part without being asked."""

    worker_type: WorkerType
    ranks: tuple[Rank, ...] = ()
    """Any of them; empty means every rank."""
    neighbourhood: bool | None = None
    """Only those in neighbourhood policing, or only those outside; null asks for neither."""

    def covers(self, person: Role) -> bool:
        """Whether somebody of that role is meant."""
        return (
            person.worker_type == self.worker_type
            and (not self.ranks or person.rank in self.ranks)
            and self.neighbourhood in (None, person.neighbourhood)
        )


class Edition(Value):
    """One version of the programme; published, it never changes."""

    programme_id: str
    version: int
    title: str
    parts: list[Part]
    rules: dict[str, tuple[Rule, ...]]
    """By part code."""

    def part(self, code: str) -> Part:
        """A part by its code; refused when there is none."""
        for part in self.parts:
            if part.code == code:
                return part
        raise PartUnknown(field="part", part=code, parts=[part.code for part in self.parts])

    def part_with(self, module: str) -> Part | None:
        """The part that a module belongs to."""
        for part in self.parts:
            if any(each.code == module for each in part.modules):
                return part
        return None

    def parts_for(self, person: Role) -> list[str]:
        """The parts that the rules put somebody on, in the programme's order."""
        return [
            part.code
            for part in self.parts
            if any(rule.covers(person) for rule in self.rules.get(part.code, ()))
        ]


@dataclass(eq=False)
class Programme:
    """All versions of a programme; the last one is current."""

    programme_id: str
    force_id: str = NATIONAL
    editions: list[Edition] = field(default_factory=list)
    version: int = 0

    @property
    def current(self) -> Edition:
        """What somebody who enrols today is put on."""
        return self.editions[-1]

    def edition(self, version: int) -> Edition | None:
        """A version by its number."""
        return next((each for each in self.editions if each.version == version), None)

    def apply(self, event: ProgrammePublished) -> None:
        """The rules are ours alone and not in the event: `with_rules` adds them."""
        published = Edition(
            programme_id=event.programme_id,
            version=event.programme_version,
            title=event.title,
            parts=event.parts,
            rules={},
        )
        self.editions = [*self.editions, published]

    def with_rules(self, rules: dict[str, tuple[Rule, ...]]) -> None:
        """Give the current version its rules of enrolment."""
        latest = self.current.model_copy(update={"rules": rules})
        self.editions = [*self.editions[:-1], latest]


def publish(programme: Programme, draft: Edition) -> ProgrammePublished | None:
    """A new version; None when that very version is out already."""
    existing = programme.edition(draft.version)
    if existing == draft:
        return None
    if existing is not None:
        raise ProgrammeVersionExists(field="version", current=programme.version)
    if draft.version != programme.version + 1:
        raise ProgrammeVersionGap(
            f"the next version is {programme.version + 1}", field="version", given=draft.version
        )
    _refuse_repeated((part.code for part in draft.parts), "parts.code")
    modules = (module.code for part in draft.parts for module in part.modules)
    _refuse_repeated(modules, "parts.modules.code")
    for part in draft.parts:
        if not (part.modules or part.needs_final or part.needs_portfolio):
            raise PartNeedsNothing(field="parts.modules", part=part.code)
    return ProgrammePublished(
        force_id=NATIONAL,
        programme_id=draft.programme_id,
        programme_version=draft.version,
        title=draft.title,
        parts=draft.parts,
    )


def _refuse_repeated(codes: Iterable[str], field: str) -> None:
    repeated = [code for code, times in Counter(codes).items() if times > 1]
    if repeated:
        raise CodeRepeated(f"{', '.join(repeated)} occurs twice", field=field, codes=repeated)


class Catalogue:
    """Every programme, as bulk work needs it: by id and by module, looked up without a query."""

    def __init__(self, programmes: Sequence[Programme]) -> None:
        self.programmes = programmes
        self._editions = {
            (edition.programme_id, edition.version): edition
            for programme in programmes
            for edition in programme.editions
        }
        self._modules = {
            module.code
            for edition in self._editions.values()
            for part in edition.parts
            for module in part.modules
        }

    def programme(self, programme_id: str) -> Programme | None:
        """A programme by its id."""
        return next((each for each in self.programmes if each.programme_id == programme_id), None)

    def edition(self, programme_id: str, version: int) -> Edition:
        """A version that somebody is enrolled on, so it exists."""
        return self._editions[programme_id, version]

    def knows(self, module: str) -> bool:
        """Whether any version has such a module."""
        return module in self._modules
