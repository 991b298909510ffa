"""What became of the records of a consumer group, as its counters tell it."""

from collections.abc import Sequence

from chassis import clock, telemetry
from chassis.consumer.ordering import Plan
from chassis.consumer.received import Received
from chassis.consumer.sheet import Sheet


def count(group: str, plan: Plan) -> None:
    """Count a plan that was committed."""
    outcomes = {
        "applied": len(plan.applied),
        "duplicate": plan.duplicate,
        "parked": len(plan.parked),
        "dead": len(plan.dead),
        "skipped": plan.skipped,
    }
    for outcome, number in outcomes.items():
        if number:
            telemetry.CONSUMER_RECORDS.labels(group, outcome).inc(number)


def note_delays(group: str, applied: Sequence[Received]) -> None:
    """Note how long ago events were recorded, which have been applied now."""
    records = applied.records if isinstance(applied, Sheet) else [one.record for one in applied]
    present = clock.seconds() * 1000
    # The relay gives a record the time of its event.
    delays = [max(0.0, (present - record.timestamp) / 1000) for record in records]
    telemetry.END_TO_END.labels(group).observe_all(delays)
