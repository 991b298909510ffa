"""What became of the records of a consumer group, as its counters tell it."""

from chassis import telemetry
from chassis.consumer.ordering import Plan


def count(group: str, plan: Plan) -> None:
    """Count a plan that was committed."""
    outcomes = {
        "applied": len(plan.fresh),
        "duplicate": plan.duplicate,
        "parked": len(plan.parked),
        "dead": len(plan.dead),
        "skipped": plan.skipped,
    }
    for outcome, number in outcomes.items():
        if number:
            telemetry.CONSUMER_RECORDS.labels(group, outcome).inc(number)
