"""Whatever happens to relays and consumers: nothing lost, nothing twice, nothing overtaken."""

import pytest
from hypothesis import given

from .profile import TAPES, numbers, searching
from .run import INBOUND, OUTBOUND, WHOLE, Shape, simulate


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(OUTBOUND, id="from the outbox to the bus"),
        pytest.param(INBOUND, id="from the bus to the view"),
        pytest.param(WHOLE, id="all the way"),
    ],
)
def test_nothing_is_lost_or_applied_twice_or_overtaken(shape: Shape) -> None:
    @searching
    @given(TAPES)
    def explore(tape: bytes) -> None:
        simulate(numbers(tape), shape)

    explore()
