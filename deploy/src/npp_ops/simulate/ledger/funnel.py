"""The way through the programme, as reporting must count it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from npp_contracts.codes import Attendance, Occasion, SessionKind
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.shapes import ALL, percent
from npp_ops.simulate.plan.folders import Does

Figure: TypeAlias = dict[str, Any]
STEPS: Final = (
    *("registered", "enrolled", "baseline", "classroom", "final"),
    *("submitted", "assessed", "signed", "certified"),
)
_DOES: Final[dict[str, Does]] = {"submitted": "submit", "assessed": "assess", "signed": "sign"}
# Everybody registers while the plan is carried out, so that there is one month of registration:
# which one is not in the plan, and so it is not compared.
PER: Final[dict[str, Callable[[Ending, int], str]]] = {
    "force": lambda ending, at: ending.force_now(at),
    "role": lambda ending, at: str(ending.plan.people[at].worker_type),
}


def funnel(ending: Ending, own: str | None, per: str) -> Figure:
    """Reached and stalled by key and step; days depend on when the plan was carried out."""
    reached: dict[str, Counter[str]] = defaultdict(Counter)
    stalled: dict[str, Counter[str]] = defaultdict(Counter)
    done = _done(ending)
    for at in (person.at for person in ending.plan.people):
        if own in (None, ending.force_now(at)):
            steps = [step for step in STEPS if at in done[step]]
            modules = {f"module {each}" for each in ending.modules[at]}
            for key in (PER[per](ending, at), ALL):
                reached[key].update((*steps, *modules))
                stalled[key][steps[-1]] += 1
    listed = [*STEPS, *(step for step in reached[ALL] if step not in STEPS)]
    rows = [
        {
            "key": key,
            "step": step,
            "reached": counted[step],
            "percent": percent(counted[step], counted["registered"]),
            "stalled": stalled[key][step] if step in STEPS else None,
        }
        for key, counted in reached.items()
        for step in listed
        if counted
    ]
    return {"n": reached[ALL]["registered"], "rows": rows}


def _done(ending: Ending) -> Mapping[str, set[int]]:
    plan = ending.plan
    everybody = {person.at for person in plan.people}
    folders = {
        step: {f.person for f in plan.folders if any(each.does == does for each in f.steps)}
        for step, does in _DOES.items()
    }
    return {
        "registered": everybody,
        "enrolled": everybody,
        "baseline": {s.person for s in ending.valid_sittings if s.occasion is Occasion.BASELINE},
        "classroom": {
            mark.person
            for session in plan.classes
            if session.kind is SessionKind.CLASSROOM
            for mark in session.register
            if mark.attendance is not Attendance.NO_SHOW
        },
        "final": set(ending.final_passed),
        **folders,
        "certified": {at for at in everybody if all(ending.parts[at].values())},
    }
