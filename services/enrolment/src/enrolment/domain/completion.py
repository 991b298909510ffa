"""A row of the learning platform's completions file."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from enrolment.domain.errors import AnotherForce, BeforeProgramme, FutureDate, UnknownModule
from enrolment.domain.fact import PROGRAMME_BEGAN
from enrolment.domain.forces import force_named
from enrolment.domain.learner import collar_number
from enrolment.domain.programme import Catalogue
from enrolment.domain.rows import Row, day, refuse_surplus

COLUMNS: Final = ("force", "collar_number", "module", "completed_on")


@dataclass(frozen=True, slots=True)
class Completion:
    """Somebody, by force and collar number, completed a module."""

    force_id: str
    collar_number: str
    module: str
    completed_on: date


@dataclass(frozen=True, slots=True)
class Accepts:
    """What a file may hold: whose people, which modules, up to which day.

    force_id: the only force whose people the sender may report; None for all.
    """

    force_id: str | None
    catalogue: Catalogue
    today: date

    def read(self, row: Row) -> Completion:
        """The completion a row reports; refused with the column at fault."""
        refuse_surplus(row)
        force_id = force_named(row["force"].strip(), "force")
        if self.force_id not in (None, force_id):
            raise AnotherForce(field="force")
        number = collar_number(row["collar_number"])
        module = row["module"].strip().lower()
        if not self.catalogue.knows(module):
            raise UnknownModule(field="module")
        on = day(row, "completed_on")
        if on > self.today:
            raise FutureDate(field="completed_on")
        if on < PROGRAMME_BEGAN:
            raise BeforeProgramme(field="completed_on")
        return Completion(force_id, number, module, on)
