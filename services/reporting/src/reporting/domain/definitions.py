"""What each figure means: words and versions as data, the old ones beside the new."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from chassis.errors import NotFound


class DefinitionUnknown(NotFound):
    title = "The figure has no definition of that version"


@dataclass(frozen=True, slots=True)
class Definition:
    """A version of a figure's meaning, in words; the denominator's are empty for counts.

    since: the day from which it holds when no version is asked for. rule: the numbers that the
    words speak of, in days.
    """

    id: str
    title: str
    version: int
    since: date
    words: str
    numerator: str
    denominator: str
    denominator_date: str
    denominator_source: str
    suppression: str
    rule: Mapping[str, int]


def definition(name: str, version: int | None, today: date) -> Definition:
    """The version asked for, or the latest that holds on the day; raises DefinitionUnknown.

    Of a day before there were any, the first one tells.
    """
    versions = DEFINITIONS[name]
    if version is None:
        held = (n for n, each in versions.items() if each.since <= today)
        version = max(held, default=min(versions))
    if version not in versions:
        raise DefinitionUnknown(f"{name} {version}", known=sorted(versions))
    return versions[version]


def _read() -> dict[str, dict[int, Definition]]:
    text = (files("reporting.domain") / "definitions.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    rules = {name: " ".join(words.split()) for name, words in tables.pop("rules").items()}
    return {
        name: {each["version"]: _made(name, table["title"], each, rules) for each in versions}
        for name, table in tables.items()
        if (versions := table["versions"])
    }


def _made(name: str, title: str, said: Mapping[str, Any], rules: Mapping[str, str]) -> Definition:
    rule = said.get("rule", {})
    words = " ".join(said["words"].split())
    told = {
        "words": words.format(**rule) if rule else words,
        "suppression": rules[said["suppression"]],
        "rule": rule,
    }
    return Definition(id=name, title=title, **{**said, **told})


DEFINITIONS = _read()
