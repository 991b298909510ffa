"""No personal data in any event: what a field may be called, be made of, and look like."""

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

# Short ones match a whole word of the field's name, long ones anywhere in it.
DENIED_WORDS = frozenset(
    "name names tel fax sex dob age nino note notes text ip user login photo pay".split()  # noqa: SIM905
)
DENIED_FRAGMENTS = (
    "address", "allergy", "birth", "collar", "comment", "diagnos", "disab", "email", "ethnic",
    "faith", "forename", "gender", "health", "maiden", "medical", "mobile", "passport", "payroll",
    "phone", "postcode", "relig", "remark", "salary", "sexual", "shoulder", "sickness",
    "surname", "telephone", "username", "warrant",
)  # fmt: skip

_CLOSED = {"enum", "const"}
_FORMATS = {"uuid", "date", "date-time"}
_OPAQUE = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|00-[0-9a-f-]{52}")
_GIVEN = "[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿŵŷ]+"
_LOOKS_LIKE = {
    "an e-mail address": re.compile(r"[^\s@]+@[^\s@]+"),
    "a phone number": re.compile(r"(?<![\d-])(\+|0)\d([\s()-]?\d){8,12}(?!\d)"),
    "a national insurance number": re.compile(r"\b[A-Z]{2}\s?(\d{2}\s?){3}[A-D]\b"),
    "a postcode": re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"),
    "a person's name": re.compile(
        rf"^{_GIVEN}([ -][A-Z]\.?)?( ([A-Z]['’])?{_GIVEN})+$"
        rf"|\b(PC|PCSO|DC|PS|Sgt|Sergeant|Insp|Inspector|Mr|Mrs|Ms|Miss|Dr)\.? {_GIVEN}"
    ),
}


def named_personally(field: str) -> bool:
    """Whether a field's name says that it is about a person rather than about a fact."""
    words = set(field.lower().split("_"))
    return bool(words & DENIED_WORDS) or any(part in field.lower() for part in DENIED_FRAGMENTS)


def personal_fields(schema: Json) -> list[str]:
    """The fields of a schema, at any depth, whose name is denied or whose text is free."""
    found = list[str]()
    for part in (schema, *schema.get("$defs", {}).values()):
        for name, field in part.get("properties", {}).items():
            if named_personally(name):
                found.append(f"{name} is a name for personal data")
            if any(_free(value) for value in _values(field)):
                found.append(f"{name} is free text: give it a pattern, an enum or a format")
    return found


def looks_personal(value: object) -> Iterator[str]:
    """What in an example's payload or headers looks like a person's, and like what."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from looks_personal(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from looks_personal(inner)
    elif isinstance(value, str) and not _OPAQUE.fullmatch(value):
        for what, pattern in _LOOKS_LIKE.items():
            if pattern.search(value):
                yield f"{value!r} looks like {what}"


def _values(field: Json) -> Iterator[Json]:
    for branch in field.get("anyOf", [field]):
        if "items" in branch:
            yield from _values(branch["items"])
        else:
            yield branch


def _free(value: Json) -> bool:
    if value.get("type") != "string" or _CLOSED & set(value) or value.get("format") in _FORMATS:
        # An empty schema or a map takes anything, text too; a class of ours is a $ref.
        return not value or value.get("type") == "object"
    pattern = value.get("pattern", "")
    return not (pattern.startswith("^") and pattern.endswith("$"))
