"""Completions files: half from forces, half from the learning platform, none without a fault."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from random import Random
from typing import Final

from npp_contracts.codes import CompletedVia
from npp_contracts.ids import NATIONAL
from npp_ops.forces import forces
from npp_ops.simulate.plan.chance import stream
from npp_ops.simulate.plan.learning import Completion
from npp_ops.simulate.plan.plan import Plan
from npp_ops.simulate.sent.uploads import Row, Upload, upload, written

HEADER: Final = ("force", "collar_number", "module", "completed_on")
REPEATED_SHARE: Final = 0.01
# What people call forces, beside their ids and full names.
ALIASES: Final = {
    "devon-and-cornwall": "Devon & Cornwall",
    "metropolitan": "Metropolitan Police",
    "avon-and-somerset": "Avon & Somerset",
    "south-wales": "Heddlu De Cymru",
}
NOBODY: Final = 98_000
"""From here up are collar numbers that nobody has."""


def completion_files(plan: Plan) -> list[Upload]:
    """One file per force, and one per quarter of the learning platform for all forces."""
    by_csv = [each for each in plan.completions if each.via is CompletedVia.CSV]
    by_force: dict[str, list[Completion]] = {}
    by_quarter: dict[str, list[Completion]] = {}
    for nth, each in enumerate(by_csv):
        if nth % 2:
            by_force.setdefault(plan.people[each.person].force_id, []).append(each)
        else:
            quarter = f"{each.on.year}-Q{(each.on.month + 2) // 3}"
            by_quarter.setdefault(quarter, []).append(each)
    senders = [
        *sorted(by_force.items()),
        *((NATIONAL, rows) for _, rows in sorted(by_quarter.items())),
    ]
    return [_file(plan, sender, rows, nth) for nth, (sender, rows) in enumerate(senders)]


def after_transfers(plan: Plan) -> list[Upload]:
    """What people who moved complete in their new force, under its collar number."""
    moved = [transfer for transfer in plan.moves.transfers if transfer.module is not None]
    rows: list[Row] = [
        ((each.to_force_id, each.collar, each.module or "", written(each.on, day_first=False)), "")
        for each in moved
    ]
    name = "completions after transfers"
    if not rows:
        return []
    return [upload(name, "completions", NATIONAL, HEADER, rows, style=1, called=_CALLED)]


def _file(plan: Plan, sender: str, completions: Sequence[Completion], nth: int) -> Upload:
    chance = stream(plan.seed, "completions", nth)
    day_first = nth % 2 == 0
    rows = [_row(plan, each, chance, day_first=day_first) for each in completions]
    again = max(1, round(len(rows) * REPEATED_SHARE))
    # Right behind the first time or far from it: exactly the same row, so the same completion.
    for row in chance.sample(rows, min(again, len(rows))):
        rows.insert(chance.randint(0, len(rows)), row)
    for bad in _bad_rows(plan, sender, nth):
        rows.insert(chance.randint(0, len(rows)), bad)
    name = f"completions {nth + 1:02} from {sender}"
    called = _CALLED if sender == NATIONAL else None
    return upload(name, "completions", sender, HEADER, rows, style=nth, called=called)


def _row(plan: Plan, each: Completion, chance: Random, *, day_first: bool) -> Row:
    person = plan.people[each.person]
    names = _NAMES[person.force_id]
    force = chance.choice(names) if chance.random() < 0.2 else person.force_id
    return (force, person.collar, each.module, written(each.on, day_first=day_first)), ""


def _bad_rows(plan: Plan, sender: str, nth: int) -> Iterable[Row]:
    force, module = ("derbyshire" if sender == NATIONAL else sender), "problem-solving-1"
    day = plan.day.isoformat()
    nobody = str(NOBODY + nth)
    rows: list[Row] = [
        ((force, nobody, module, day), "unknown-collar-number"),
        ((force, nobody, "time-travel-1", day), "unknown-module"),
        ((force, nobody, module, "2099-01-01"), "future-date"),
        ((force, nobody, module, f"{plan.day - timedelta(days=3):%m/%d}/26"), "date-invalid"),
        ((force, nobody, module, "2019-03-01"), "before-programme"),
        (("Borsetshire Constabulary", nobody, module, day), "force-unknown"),
    ]
    if sender != NATIONAL:
        other = "kent" if force != "kent" else "essex"
        rows.append(((other, nobody, module, day), "another-force"))
    return rows


_NAMES: Final = {
    force.id: [force.name, *([ALIASES[force.id]] if force.id in ALIASES else [])]
    for force in forces()
}
_CALLED: Final = {each: of for of, names in _NAMES.items() for each in (of, *names)}
