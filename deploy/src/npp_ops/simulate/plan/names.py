"""Invented people's names, Welsh ones for the Welsh forces."""

import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from random import Random
from typing import Final

WELSH: Final = frozenset({"dyfed-powys", "gwent", "north-wales", "south-wales"})


@cache
def _names(language: str) -> tuple[list[str], list[str]]:
    text = (files("npp_ops.simulate.plan") / "names.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)[language]
    return found["given"].split(), found["family"].split()


def name_in(force_id: str, chance: Random) -> tuple[str, str]:
    """Given and family name of somebody who works there; in Wales most are Welsh."""
    welsh = force_id in WELSH and chance.random() < 0.8
    given, family = _names("welsh" if welsh else "english")
    return chance.choice(given), chance.choice(family)


def address(given: str, family: str, number: str, force_id: str) -> str:
    """An address that can never be delivered to (RFC 2606)."""
    local = f"{given}.{family}.{number}".lower()
    plain = unicodedata.normalize("NFKD", local).encode("ascii", "ignore").decode()
    return f"{plain.replace(chr(39), '')}@{force_id}.police.example"
