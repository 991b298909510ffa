"""How long the model searches: the same short search each time, or a longer one when asked for."""

import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st

# NPP_MODEL_EXAMPLES=20000 looks longer, NPP_MODEL_SEED=… elsewhere.
EXAMPLES: Final = int(os.environ.get("NPP_MODEL_EXAMPLES", "300"))
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
        **options,
    )(test)
    return chosen if SEED is None else seed(int(SEED))(chosen)


def numbers(data: st.DataObject) -> Callable[[int, int], int]:
    """What a run draws its decisions from."""
    return lambda low, high: data.draw(_between(low, high))


@lru_cache
def _between(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)
