"""How long events wait is told by the clock that recorded them, not by the process's own."""

from datetime import timedelta

from chassis import clock, telemetry
from chassis.testing.waiting import eventually

from .specimen.world import World


async def test_a_wrong_clock_does_not_age_the_outbox(world: World) -> None:
    await world.submit(3, 1)
    clock.be_wrong(timedelta(hours=1))
    try:
        async with world.running(consume=False, relay=False):

            async def measured() -> bool:
                return bool(telemetry.OUTBOX_DEPTH._value.get() == 3)

            await eventually(measured)
            assert 0 <= telemetry.OUTBOX_AGE._value.get() < 600
    finally:
        clock.be_wrong(timedelta())
