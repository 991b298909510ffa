"""Knowing that everything has flowed: nothing waits to be published, nothing to be applied."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from npp_ops.stack import Stack, services
from npp_ops.status import ServiceStatus, services_status

# The gauges are read once a second, so one reading may be old; three in a row are not.
READINGS: Final = 3
BETWEEN_SECONDS: Final = 1.2
PATIENCE_SECONDS: Final = 300.0


async def wait_until_idle(stack: Stack) -> None:
    """Raises TimeoutError, which says what is still on its way."""
    until, calm = time.monotonic() + PATIENCE_SECONDS, 0
    while calm < READINGS:
        busy = [_moving(status) for status in await services_status(stack, services())]
        said = [one for one in busy if one]
        calm = 0 if said else calm + 1
        if time.monotonic() > until:
            raise TimeoutError(f"still moving after {PATIENCE_SECONDS:.0f} s: {'; '.join(said)}")
        if calm < READINGS:
            await asyncio.sleep(BETWEEN_SECONDS)


def _moving(status: ServiceStatus) -> str:
    if not status.ready or status.outbox_depth is None:
        return f"{status.name} is not ready"
    waiting = {
        "in the outbox": status.outbox_depth,
        "behind": status.lag_records,
        "parked": status.parked,
        "batches not counted": status.uncounted,
    }
    said = ", ".join(f"{number:.0f} {what}" for what, number in waiting.items() if number)
    return f"{status.name}: {said}" if said else ""


def resident_mib(statuses: Sequence[ServiceStatus]) -> dict[str, int]:
    return {status.name: status.resident_mib for status in statuses}
