"""What differs between two versions of a figure: cell by cell, the old value and the new."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

# What says when and how a figure was made, and not what it is.
_ABOUT: Final = {"as_of", "about", "freshness", "scope", "disclosure", "suppressed", "columns"}
# What a row is about, in the order in which it is named.
_KEYS: Final = ("force_id", "per", "key", "by", "period", "part", "kind", "state", "step", "check")


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not the same.

    where: `rows[kent].denominator`. Of a row that is on one side only, the other value is None.
    """

    figure: str
    where: str
    old: Any
    new: Any


def differences(
    figure: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Difference]:
    """Every value that is not the same, in the order in which they stand."""
    before, after = (
        {w: v for name, each in told.items() if name not in _ABOUT for w, v in _values(name, each)}
        for told in (old, new)
    )
    for where in {**before, **after}:
        if before.get(where) != after.get(where):
            yield Difference(figure, where, before.get(where), after.get(where))


def _values(where: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name != "suppressed":
                yield from _values(f"{where}.{name}", each)
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from _values(f"{where}[{_name(each, number)}]", each)
    else:
        yield where, value.isoformat() if isinstance(value, date) else value


def _name(row: Any, number: int) -> str:
    if not isinstance(row, Mapping):
        return str(row)
    named = [str(row[key]) for key in _KEYS if key in row]
    return " ".join(named) or str(number)
