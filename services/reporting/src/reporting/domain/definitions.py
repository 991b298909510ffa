"""What each figure means, in words and with a version that rises when the meaning changes."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure's meaning. `numerator` and `denominator` in words; the latter empty for counts."""

    id: str
    title: str
    version: int
    words: str
    numerator: str
    denominator: str


def _read() -> dict[str, Definition]:
    text = (files("reporting.domain") / "definitions.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return {
        name: Definition(id=name, **table | {"words": " ".join(table["words"].split())})
        for name, table in tables.items()
    }


DEFINITIONS = _read()
