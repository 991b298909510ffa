"""Rows of uploaded files: what one value must look like, and what a rejected row is told."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias, TypeVar

from chassis.errors import Refusal
from enrolment.domain.errors import (
    DateInvalid,
    HolderErased,
    NameInvalid,
    NotYesOrNo,
    TooManyFields,
)

Row: TypeAlias = Mapping[str, str]
SURPLUS = ""
"""The key under which a row carries what goes beyond the header."""

_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_NAME_MARKS = " -.'’"
_YES_NO = {"yes": True, "no": False}

Code = TypeVar("Code", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not taken, and why: for the person who sent it."""

    line: int
    force_id: str
    column: str
    code: str
    reason: str
    cells: Row


def rejected(line: int, row: Row, refusal: Refusal, force_id: str) -> Rejected:
    """The rejection that a refusal amounts to. force_id: whose row it is."""
    reason = refusal.title + (f": {refusal.detail}" if refusal.detail else "")
    # Who was erased is not to be kept anew by a row that could not be taken.
    cells: Row = {} if isinstance(refusal, HolderErased) else row
    return Rejected(line, force_id, refusal.field or "", refusal.code, reason, cells)


def refuse_surplus(row: Row) -> None:
    """A row with more fields than the header is misaligned, so none of it can be trusted."""
    if SURPLUS in row:
        raise TooManyFields


def day(row: Row, column: str) -> date:
    """A date: ISO or day first, as British spreadsheets write it; never month first."""
    text = row[column].strip()
    try:
        if iso := _ISO.fullmatch(text):
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if day_first := _DAY_FIRST.fullmatch(text):
            return date(int(day_first[3]), int(day_first[2]), int(day_first[1]))
    except ValueError as error:
        raise DateInvalid("there is no such day", field=column) from error
    raise DateInvalid(field=column)


def name(row: Row, column: str) -> str:
    """A name with its diacritics, each in one character, so that equal names are equal."""
    text = unicodedata.normalize("NFC", " ".join(row[column].split()))
    letters = all(each in _NAME_MARKS or unicodedata.category(each)[0] in "LM" for each in text)
    if not (letters and 1 <= len(text) <= 100 and unicodedata.category(text[0])[0] == "L"):
        raise NameInvalid(field=column)
    return text


def yes_or_no(row: Row, column: str) -> bool:
    """Yes or no, in any letter case."""
    found = _YES_NO.get(row[column].strip().lower())
    if found is None:
        raise NotYesOrNo(field=column)
    return found


def one_of(codes: type[Code], row: Row, column: str, refusal: type[Refusal]) -> Code:
    """One of a closed list, in any letter case."""
    try:
        return codes(row[column].strip().lower())
    except ValueError as error:
        raise refusal(f"one of {', '.join(codes)}", field=column) from error
