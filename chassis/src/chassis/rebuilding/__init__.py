"""Building a read model anew beside the live one, and changing places without a gap."""

from chassis.rebuilding.comparing import Comparison, Difference, Different, compare
from chassis.rebuilding.copying import NotCopyable, NotOwned, stand_in
from chassis.rebuilding.generation import (
    Generation,
    GenerationOpen,
    NoGeneration,
    NotAProjection,
    State,
)
from chassis.rebuilding.holding import Apart
from chassis.rebuilding.making import make
from chassis.rebuilding.moving import NotPromoted, ReadersInTheWay, ShapesDiffer, promote, rollback
from chassis.rebuilding.retiring import retire
from chassis.rebuilding.standing import Standing, standings

__all__ = [
    "Apart",
    "Comparison",
    "Difference",
    "Different",
    "Generation",
    "GenerationOpen",
    "NoGeneration",
    "NotAProjection",
    "NotCopyable",
    "NotOwned",
    "NotPromoted",
    "ReadersInTheWay",
    "ShapesDiffer",
    "Standing",
    "State",
    "compare",
    "make",
    "promote",
    "retire",
    "rollback",
    "stand_in",
    "standings",
]
