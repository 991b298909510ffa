"""How many events of each kind there must be: what every read model has to have applied."""

from typing import Any, Final

from npp_contracts.catalogue import EVENTS
from npp_contracts.codes import CompletedVia
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.plan.folders import Does
from npp_ops.simulate.plan.plan import Plan
from npp_ops.simulate.sent.statements import statement_batches

_STEPS: Final[dict[Does, str]] = {
    "submit": "portfolio-submitted",
    "return": "portfolio-returned",
    "assess": "portfolio-assessed",
    "quality-assure": "portfolio-quality-assured",
    "sign": "portfolio-signed",
}
# What each read model of reporting rests on.
GROUPS: Final = {
    "reporting.learners": (
        "learner-registered",
        "learner-updated",
        "learner-transferred",
        "learner-enrolled",
        "enrolment-deferred",
        "enrolment-resumed",
        "enrolment-withdrawn",
        "part-completed",
        "programme-completed",
    ),
    "reporting.workforces": ("workforce-reported",),
    "reporting.files": ("file-taken", "statements-waiting"),
    "reporting.headline": ("learner-registered", "learner-updated", "portfolio-signed"),
    "reporting.module-completions": ("module-completed",),
    "reporting.portfolios": ("portfolio-opened", *_STEPS.values()),
    "reporting.pipeline": ("portfolio-opened", *_STEPS.values()),
    "reporting.results": ("result-released",),
    "reporting.sessions": ("session-scheduled", "session-cancelled"),
    "reporting.places": (
        "place-waitlisted",
        "place-booked",
        "place-cancelled",
        "attendance-recorded",
    ),
    "reporting.risk": (
        "learner-registered",
        "learner-updated",
        "learner-transferred",
        "learner-enrolled",
        "enrolment-deferred",
        "enrolment-resumed",
        "enrolment-withdrawn",
        "module-completed",
        "programme-completed",
        "result-released",
        "attendance-recorded",
        "evidence-recorded",
        "portfolio-submitted",
        "portfolio-assessed",
        "portfolio-signed",
    ),
    "reporting.funnel": (
        "learner-registered",
        "learner-updated",
        "learner-transferred",
        "learner-enrolled",
        "module-completed",
        "programme-completed",
        "result-released",
        "attendance-recorded",
        "portfolio-submitted",
        "portfolio-assessed",
        "portfolio-signed",
    ),
}
TOPICS: Final = {kind.split(".")[2]: event.topic.name for kind, event in EVENTS.items()}


def applied(ending: Ending) -> dict[str, Any]:
    """Rows as in the freshness figure: events by read model and topic."""
    counts = events(ending)
    rows = []
    for group, kinds in GROUPS.items():
        for topic in dict.fromkeys(TOPICS[kind] for kind in kinds):
            number = sum(counts[kind] for kind in kinds if TOPICS[kind] == topic)
            if number:
                rows.append({"group": group, "topic": topic, "events": number})
    return {"n": sum(row["events"] for row in rows), "rows": rows}


def events(ending: Ending) -> dict[str, int]:
    """By the short name of their type."""
    return _of_enrolment(ending) | _of_others(ending) | _of_portfolios(ending.plan)


def _of_enrolment(ending: Ending) -> dict[str, int]:
    plan, moves = ending.plan, ending.plan.moves
    parts = list(ending.parts.values())
    return {
        "workforce-reported": len(plan.strengths),
        "file-taken": sum(len(file.shares) for file in ending.files),
        "statements-waiting": _numbers_of_waiting(plan),
        "learner-registered": len(plan.people),
        "learner-updated": len(moves.promoted),
        "learner-transferred": len(moves.transfers),
        "learner-enrolled": sum(map(len, parts)),
        "enrolment-deferred": len(moves.deferrals),
        "enrolment-resumed": sum(each.resumed for each in moves.deferrals),
        "enrolment-withdrawn": len(moves.withdrawals),
        "module-completed": len(ending.completions),
        "part-completed": sum(sum(each.values()) for each in parts),
        "programme-completed": sum(all(each.values()) for each in parts),
    }


def _numbers_of_waiting(plan: Plan) -> int:
    """More wait with each batch that has some of a force; fewer once its second roster came."""
    more = sum(len(batch.waits) for batch in statement_batches(plan))
    late = {each.at: each.force_id for each in plan.people if each.late}
    by_xapi = (each for each in plan.completions if each.via is CompletedVia.XAPI)
    return more + len({late[each.person] for each in by_xapi if each.person in late})


def _of_others(ending: Ending) -> dict[str, int]:
    plan, seats = ending.plan, ending.seats.values()
    sittings = plan.sittings
    return {
        # A void attempt's result is made official once, as void.
        "result-released": sum(each.absent for each in sittings)
        + sum(len(each.right) for each in sittings),
        "session-scheduled": len(plan.classes),
        "session-cancelled": sum(each.cancelled is not None for each in plan.classes),
        "place-booked": sum(each.bookings for each in seats),
        "place-waitlisted": sum(each.waits for each in seats),
        "place-cancelled": sum(each.cancellations for each in seats),
        "attendance-recorded": sum(len(each.register) for each in plan.classes),
    }


def _of_portfolios(plan: Plan) -> dict[str, int]:
    steps = [step for folder in plan.folders for step in folder.steps]
    found = {kind: sum(step.does == does for step in steps) for does, kind in _STEPS.items()}
    sent_back = sum(step.does == "quality-assure" and step.word != "upheld" for step in steps)
    found["portfolio-returned"] += sent_back
    evidence = sum(step.does == "evidence" for step in steps)
    return found | {"portfolio-opened": len(plan.people), "evidence-recorded": evidence}
