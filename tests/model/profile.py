"""How long the model searches: the same short search each time, or a longer one when asked for."""

import os
from collections.abc import Callable
from typing import Any, Final

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st

# NPP_MODEL_EXAMPLES=20000 looks longer, NPP_MODEL_SEED=… elsewhere.
EXAMPLES: Final = int(os.environ.get("NPP_MODEL_EXAMPLES", "150"))
# Drawn at once, since hundreds of draws cost more than the run; it shrinks as well, towards 0.
TAPES: Final = st.binary(min_size=400, max_size=400)
SEED: Final = os.environ.get("NPP_MODEL_SEED")


def searching(test: Any) -> Any:
    """Search as long as the environment says; a violation is made as short as it can be."""
    return _settled(test, max_examples=EXAMPLES, phases=[Phase.generate, Phase.shrink])


def hunting(examples: int) -> Callable[[Any], Any]:
    """Search until the first violation, as it is."""
    return lambda test: _settled(test, max_examples=examples, phases=[Phase.generate])


def _settled(test: Any, **options: Any) -> Any:
    chosen = settings(
        derandomize=SEED is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
        **options,
    )(test)
    return chosen if SEED is None else seed(int(SEED))(chosen)


def numbers(tape: bytes) -> Callable[[int, int], int]:
    """A run's decisions, one after another; where the tape ends, all is harmless."""
    rest = iter(tape)
    return lambda low, high: low + next(rest, 0) % (high - low + 1)
