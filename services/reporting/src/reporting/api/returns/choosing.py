"""A figure of a past moment in each of its choices, and the name that each is kept under."""

from collections.abc import Iterator
from itertools import product
from typing import Any, Final
from urllib.parse import urlencode

from reporting.api.figures import FIGURES
from reporting.api.figures.reader import Choices
from reporting.api.sight import Sight

_UNASKED: Final = Choices()


def other_choices(name: str, sight: Sight, held: int) -> Iterator[Choices]:
    """All that the live figure can be asked for in this sight, but for what it is unasked.

    held: the version of its definition that it has unasked. Any other is kept as well, also one
    that came later: it says what is counted, not what was known.
    """
    recipe = FIGURES[name]
    for version in (None, *(each for each in recipe.build if each != held)):
        for each in product(*recipe.choices.values()):
            way: dict[str, Any] = dict(zip(recipe.choices, each, strict=True))
            chosen = Choices(**way, version=version)
            if chosen != _UNASKED and chosen.period in sight.periods:
                yield chosen


def kept_as(name: str, chosen: Choices) -> str:
    """The end of its address: the figure's name, and what of it is chosen, as in `funnel?per=role`.

    What the figure does not heed, as the live one does not, is left out.
    """
    said = said_of(name, chosen)
    return f"{name}?{urlencode(said)}" if said else name


def said_of(name: str, chosen: Choices) -> dict[str, Any]:
    """What is chosen of a figure that it would not be unasked."""
    heeded = {each: getattr(chosen, each) for each in (*FIGURES[name].choices, "version")}
    return {each: said for each, said in heeded.items() if said != getattr(_UNASKED, each)}
