"""The columns of an event type's files: the envelope's, then the payload's as its contract has."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from npp_contracts.event import Event
from npp_contracts.publication.schema import schema_of


class ShapeUnknown(TypeError):
    """A contract has a field of a shape that no column can hold."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. kind: a word of KINDS."""

    name: str
    kind: str
    description: str
    required: bool = False

    @property
    def field(self) -> dict[str, Any]:
        """As Table Schema (Data Package 2.0) describes it."""
        said = {"name": self.name, **KINDS[self.kind], "description": self.description}
        return said | {"constraints": {"required": True}} if self.required else said


KINDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "text": {"type": "string"},
        "uuid": {"type": "string", "format": "uuid"},
        "date": {"type": "date"},
        "datetime": {"type": "datetime"},
        "integer": {"type": "integer"},
        "number": {"type": "number"},
        "boolean": {"type": "boolean"},
        # As JSON text in both formats: a field that a contract adds inside changes no column.
        "array": {"type": "array"},
        "object": {"type": "object"},
    }
)
"""Kinds of column, with their type in Table Schema."""

# None has the name of a payload's field: the test of all contracts says so.
ENVELOPE: Final = (
    Column("position", "integer", "The event's place in the force's feed.", required=True),
    Column("event_id", "uuid", "The event's id, for ever.", required=True),
    Column("event_type", "text", "What happened, the same in all rows of a file.", required=True),
    Column("event_time", "datetime", "When it was recorded (UTC).", required=True),
    Column("subject", "text", "The person or thing that it happened to.", required=True),
)
_TEXT: Final = {"uuid": "uuid", "date": "date", "date-time": "datetime"}
_OTHERS: Final = frozenset({"integer", "number", "boolean", "array", "object"})


@cache
def payload_columns(kind: type[Event]) -> tuple[Column, ...]:
    """In the contract's order. Raises ShapeUnknown."""
    schema = schema_of(kind)
    return tuple(
        Column(name, _kind(name, field, schema.get("$defs", {})), field["description"])
        for name, field in schema["properties"].items()
    )


def columns(kind: type[Event]) -> tuple[Column, ...]:
    """All of a file's. None but the envelope's is required: a later contract may add some."""
    return (*ENVELOPE, *payload_columns(kind))


def _kind(name: str, field: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return _kind(name, definitions[field["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in field:
        found = {_kind(name, e, definitions) for e in field["anyOf"] if e.get("type") != "null"}
        if len(found) == 1:
            return found.pop()
    given = field.get("type")
    if given == "string":
        return _TEXT.get(field.get("format", ""), "text")
    if given in _OTHERS:
        return str(given)
    raise ShapeUnknown(f"{name}: {field}")
