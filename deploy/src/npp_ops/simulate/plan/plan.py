"""The whole plan: everything that is going to happen, from three numbers."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from npp_ops.simulate.plan.action import week_of_action
from npp_ops.simulate.plan.classes import Class, classes_of
from npp_ops.simulate.plan.folders import Folder, folders_of
from npp_ops.simulate.plan.learning import Completion, completions_of
from npp_ops.simulate.plan.moves import Moves, Transfer, moves_of
from npp_ops.simulate.plan.nation import EVERYBODY, Strength, nation
from npp_ops.simulate.plan.people import Person, people_of
from npp_ops.simulate.plan.sittings import Sitting, sittings_of

SEED: Final = 2026


@dataclass(frozen=True)
class Plan:
    """What a seed, a day and a size of the nation amount to."""

    seed: int
    day: date
    size: int
    strengths: tuple[Strength, ...]
    people: tuple[Person, ...]
    completions: tuple[Completion, ...]
    sittings: tuple[Sitting, ...]
    folders: tuple[Folder, ...]
    classes: tuple[Class, ...]
    moves: Moves

    @cached_property
    def transferred(self) -> dict[int, Transfer]:
        """Transfers by person."""
        return {transfer.person: transfer for transfer in self.moves.transfers}


def make_plan(day: date, people: int = EVERYBODY, seed: int = SEED) -> Plan:
    """The same plan for the same arguments, on every machine."""
    strengths = nation(people)
    staff = people_of(strengths, seed, day)
    completions = completions_of(staff, seed, day)
    folders = folders_of(staff, seed)
    classes = classes_of(staff, seed, day) + week_of_action(staff, seed, day)
    done: dict[int, set[str]] = {}
    for completion in completions:
        done.setdefault(completion.person, set()).add(completion.module)
    busy = {folder.person for folder in folders}
    busy |= {person for each in classes if not each.held for person in each.asking}
    moves = moves_of(staff, done, busy, seed, day)
    sittings = sittings_of(staff, seed)
    return Plan(seed, day, people, strengths, staff, completions, sittings, folders, classes, moves)
