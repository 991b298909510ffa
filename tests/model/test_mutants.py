"""The model can fail: it notices each protection that is taken away."""

import pytest
from hypothesis import given

from .consumer_mutants import CONSUMERS
from .mutant import Mutant
from .profile import TAPES, hunting, numbers
from .relay_mutants import RELAYS
from .run import simulate
from .world import Violation

_EXAMPLES = 2000


@pytest.mark.parametrize("mutant", [*RELAYS, *CONSUMERS], ids=lambda mutant: mutant.flaw)
def test_the_model_notices_that(mutant: Mutant) -> None:
    @hunting(_EXAMPLES)
    @given(TAPES)
    def explore(tape: bytes) -> None:
        simulate(numbers(tape), mutant.shape)

    with mutant.alive(), pytest.raises(Violation):
        explore()
