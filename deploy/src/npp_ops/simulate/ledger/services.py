"""What the services themselves must hold, beyond what reporting shows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from npp_contracts.codes import Outcome, Rank
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.shapes import Flat
from npp_ops.simulate.plan.programme import ITEMS, PASS_PERCENT
from npp_ops.simulate.plan.sittings import Sitting
from npp_ops.simulate.sent.uploads import Upload

SERVICES: Final = ("enrolment", "assessment", "portfolio", "events", "reporting")


def held(ending: Ending) -> Flat:
    """Counts by service, force and kind."""
    found = _learners(ending) | _results(ending) | _portfolios(ending) | _sessions(ending)
    return found | {f"{service} dead letters": 0 for service in SERVICES}


def _learners(ending: Ending) -> Flat:
    found = Counter[str]()
    for person in ending.plan.people:
        force = ending.force_now(person.at)
        rank = Rank.SERGEANT if person.at in ending.plan.moves.promoted else person.rank
        found[f"enrolment {force} learners"] += 1
        found[f"enrolment {force} {person.worker_type} {rank}"] += 1
        found[f"enrolment {force} {ending.enrolments[person.at]}"] += 1
        for part, complete in ending.parts[person.at].items():
            found[f"enrolment {force} {part}"] += 1
            if complete:
                found[f"enrolment {force} {part} completed"] += 1
        if person.at in ending.final_passed:
            found[f"enrolment {force} finals"] += 1
        if ending.portfolios[person.at] == "signed":
            found[f"enrolment {force} signed"] += 1
    for done in ending.completions:
        found[f"enrolment {ending.force_now(done.person)} {done.module} {done.via}"] += 1
    return dict(found)


def _results(ending: Ending) -> Flat:
    found = Counter[str]()
    for sitting in ending.plan.sittings:
        where = f"assessment {ending.first_force(sitting.person)} {sitting.occasion}"
        for outcome in _outcomes(sitting):
            found[f"{where} {outcome}"] += 1
        if sitting.counts is not None:
            found[f"{where} counted"] += 1
    return dict(found)


def _outcomes(sitting: Sitting) -> Iterable[Outcome]:
    if sitting.absent:
        yield Outcome.ABSENT
    for nth, right in enumerate(sitting.right):
        if sitting.void and nth == 0:
            yield Outcome.VOID
        else:
            yield Outcome.PASSED if 100 * right >= PASS_PERCENT * ITEMS else Outcome.FAILED


def _portfolios(ending: Ending) -> Flat:
    found = Counter[str]()
    gone = {each.person for each in ending.plan.moves.withdrawals}
    for at, reached in ending.portfolios.items():
        state = "withdrawn" if at in gone and reached != "signed" else reached
        found[f"portfolio {ending.force_now(at)} {state}"] += 1
    for folder in ending.plan.folders:
        handed_in = sum(step.does == "submit" for step in folder.steps)
        if handed_in:
            found[f"portfolio {ending.force_now(folder.person)} revisions"] += handed_in
    return dict(found)


def _sessions(ending: Ending) -> Flat:
    found = Counter[str]()
    for session in ending.plan.classes:
        seats = ending.seats[session.name]
        state = "cancelled" if session.cancelled else "scheduled"
        found[f"events {session.force_id} {state}"] += 1
        found[f"events {session.force_id} booked"] += seats.booked
        found[f"events {session.force_id} waiting"] += seats.waiting
    return dict(found)


def uploaded(files: Iterable[Upload]) -> Flat:
    """Of each file its rows, what was taken of them, and why the others came back."""
    found: Flat = {}
    for file in files:
        found[f"upload {file.name} rows"] = file.rows
        found[f"upload {file.name} accepted"] = file.rows - file.refused
        found[f"upload {file.name} rejected"] = file.refused
        found |= _reasons(file.name, file.rejected)
    return found


def _reasons(name: str, rejected: Mapping[str, int]) -> Flat:
    return {f"upload {name} {reason}": count for reason, count in rejected.items()}
