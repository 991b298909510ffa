"""What was seen of the cases without their protection, kept from run to run."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tests.chaos.judge import Verdict

from .catalogue import Without

KEPT: Final = Path(__file__).with_name("seen.json")
_MOST: Final = 2
_LETTERS: Final = 240
"""Of each invariant so many violations are kept, each so long."""


@dataclass(frozen=True, slots=True)
class Seen:
    """fails: what should have been violated. violations: what was, in words."""

    row: str
    case: str
    what: str
    act: str
    failed: bool
    fails: Sequence[str]
    violations: Mapping[str, Sequence[str]]
    seconds: float
    when: str
    commit: str

    def __str__(self) -> str:
        verdict = "failed as it should" if self.failed else "DID NOT FAIL AS IT SHOULD"
        head = f"{self.row} {self.case}, without {self.what}: {verdict} in {self.seconds:.0f} s"
        lines = [f"    {name}: {said}" for name, every in self.violations.items() for said in every]
        return "\n".join([head, *lines])


def seen(without: Without, verdict: Verdict, spoilt: Collection[str] = ()) -> Seen:
    """A verdict, by what it should have been.

    spoilt: invariants that were violated before, of which the case says nothing.
    """
    found = {name: some for name, some in verdict.violations.items() if name not in spoilt}
    wrong = {name: [_short(one) for one in some][:_MOST] for name, some in found.items() if some}
    said = " ".join(text for name in without.fails if name in wrong for text in found[name])
    failed = set(without.fails) <= set(wrong) and without.says in said
    return Seen(
        without.row,
        without.case,
        without.what,
        without.act,
        failed,
        without.fails,
        wrong,
        round(verdict.seconds, 1),
        verdict.when,
        verdict.commit,
    )


def _short(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[:_LETTERS]} …"


def kept() -> dict[tuple[str, str], Seen]:
    """By row and case, what was seen last."""
    if not KEPT.exists():
        return {}
    every = [Seen(**one) for one in json.loads(KEPT.read_text())]
    return {(one.row, one.case): one for one in every}


def keep(one: Seen) -> None:
    """Write it down beside the others."""
    every = {**kept(), (one.row, one.case): one}
    known = [asdict(every[name]) for name in sorted(every)]
    KEPT.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n")
