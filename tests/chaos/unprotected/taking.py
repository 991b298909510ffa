"""Taking a protection away from this very process, by its name."""

import sys
from typing import Any, Final

ACTS: Final = {"relaying", "consuming", "serving"}
"""The modules that do it; a function is named as `module.function`."""


def take_away(name: str) -> None:
    """Replace a part of the chassis for as long as this process lasts."""
    module, _, act = name.partition(".")
    if module not in ACTS:
        raise LookupError(f"{name} is none of {sorted(ACTS)}")
    __import__(f"{__package__}.{module}")
    getattr(sys.modules[f"{__package__}.{module}"], act)()


def put(owner: Any, name: str, instead: object) -> Any:
    """Replace an attribute that is there; returns what it was."""
    before = getattr(owner, name)
    setattr(owner, name, instead)
    return before
