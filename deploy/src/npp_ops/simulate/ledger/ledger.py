"""The ledger: every number of reporting under its address, as the plan has it."""

from dataclasses import dataclass
from typing import Final

from npp_contracts.ids import NATIONAL
from npp_ops.simulate.ledger.completions import completions
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.events import applied
from npp_ops.simulate.ledger.figures import FIGURES, OLDER
from npp_ops.simulate.ledger.funnel import PER, funnel
from npp_ops.simulate.ledger.shapes import Flat, flat

# What is asked of module completions: for the nation, and for each force.
NATIONAL_CHOICES: Final = (
    ("day", "module"),
    ("day", "force"),
    ("day", "via"),
    ("week", "module"),
    ("month", "module"),
    ("month", "force"),
    ("month", "via"),
)
FORCE_CHOICES: Final = (("day", "module"), ("day", "via"), ("month", "module"))


@dataclass(frozen=True, slots=True)
class Ask:
    """A figure as a reader asks for it. force_id: whose reader; "national" for the nation's.

    version: of the figure's definition, where it is not the latest.
    """

    force_id: str
    figure: str
    period: str | None = None
    by: str | None = None
    per: str | None = None
    version: int | None = None

    @property
    def address(self) -> str:
        choice = [each for each in (self.period, self.by, self.per) if each]
        return " ".join([self.force_id, self.shape, *choice])

    @property
    def shape(self) -> str:
        return self.figure if self.version is None else f"{self.figure} {self.version}"


def asks(ending: Ending) -> list[Ask]:
    """Everything that anybody can be shown: the nation's figures and each force's own."""
    readers = [NATIONAL, *(each.force_id for each in ending.plan.strengths)]
    found = [Ask(reader, figure) for reader in readers for figure in FIGURES]
    for reader in readers:
        choices = NATIONAL_CHOICES if reader == NATIONAL else FORCE_CHOICES
        found += [Ask(reader, "module-completions", *choice) for choice in choices]
    found += [Ask(reader, figure, version=n) for reader in readers for figure, n in OLDER]
    found += [Ask(reader, "funnel", per=per) for reader in readers for per in PER]
    return [*found, Ask(NATIONAL, "freshness")]


def expected(ending: Ending, ask: Ask) -> Flat:
    """The numbers that the answer must have."""
    own = None if ask.force_id == NATIONAL else ask.force_id
    if ask.figure == "freshness":
        document = applied(ending)
    elif ask.period is not None and ask.by is not None:
        document = completions(ending, own, ask.period, ask.by)
    elif ask.per is not None:
        document = funnel(ending, own, ask.per)
    elif ask.version is not None:
        document = OLDER[ask.figure, ask.version](ending, own)
    else:
        document = FIGURES[ask.figure](ending, own)
    return flat(ask.address, ask.shape, document)
