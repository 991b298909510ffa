"""The two languages of the pages: which one somebody reads, and what is said in it."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args

from fastapi import Depends, Request

Language: TypeAlias = Literal["en", "cy"]
COOKIE: Final = "npp-language"
YEAR_SECONDS: Final = 365 * 24 * 3600


async def _chosen(request: Request) -> Language:
    """What the address asks for, else what was chosen last; whatever is neither is English."""
    asked = request.query_params.get("lang") or request.cookies.get(COOKIE)
    languages: dict[str, Language] = {each: each for each in get_args(Language)}
    return languages.get(asked or "en", "en")


Chosen = Annotated[Language, Depends(_chosen)]
"""Route dependency: the language of the answer."""


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """By the English message the one of the language; English itself needs none."""
    return {} if language == "en" else _read(f"{language}.toml")


def gettext(language: Language, message: str) -> str:
    """The message in the language; one that has not been put into it stays English."""
    return catalogue(language).get(message, message)


@cache
def _definitions(language: Language) -> Mapping[str, Any]:
    return {} if language == "en" else _read(f"definitions.{language}.toml")


def meaning(language: Language, definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """A definition as documents have it, in the words of the language."""
    told = _definitions(language)
    if not told:
        return definition
    version = told[definition["id"]][str(definition["version"])]
    words = {name: " ".join(said.split()) for name, said in version.items() if name != "rule"}
    if definition["rule"]:
        words["words"] = words["words"].format(**definition["rule"])
    rule = " ".join(told["rules"][words.pop("suppression")].split())
    return {**definition, **words, "title": title(language, definition), "suppression": rule}


def title(language: Language, of: Mapping[str, Any]) -> str:
    """What a figure is called."""
    told = _definitions(language)
    found: str = told[of["id"]]["title"] if told else of["title"]
    return found


def _read(name: str) -> dict[str, Any]:
    folder = files("reporting.api.pages") / "languages"
    return tomllib.loads((folder / name).read_text(encoding="utf-8"))
