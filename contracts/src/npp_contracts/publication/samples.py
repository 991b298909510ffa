"""A start for a missing example: values that the schema accepts, to be made realistic by hand."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from npp_contracts.publication.schema import Json, schema_of

_AT = datetime(2026, 6, 19, 9, 0, tzinfo=UTC)
_ID = "01978000-0000-7000-8000-000000000001"
_BY_FORMAT = {"uuid": _ID, "date": "2026-06-19", "date-time": "2026-06-19T09:00:00Z"}
_WORDS = ("derbyshire", "NPP1", "0" * 64, "Invented title")


def samples_of(event: type[Event]) -> dict[str, Json]:
    """A minimal and a full example of an event."""
    schema = schema_of(event)
    return {
        "minimal": _example(event, _sample(schema, schema, full=False)),
        "full": _example(event, _sample(schema, schema, full=True)),
    }


def _example(event: type[Event], payload: Json) -> Json:
    said = event.model_validate(payload)
    envelope = Envelope.of(said, id=UUID(_ID), time=_AT, sequence=1, correlationid=_ID)
    headers = {name: value.decode() for name, value in envelope.headers()}
    return {"headers": headers, "payload": said.model_dump(mode="json")}


def _sample(value: Json, root: Json, *, full: bool) -> Any:
    if "$ref" in value:
        return _sample(root["$defs"][value["$ref"].rpartition("/")[2]], root, full=full)
    if "anyOf" in value:
        branches = sorted(value["anyOf"], key=lambda branch: branch.get("type") == "null")
        return _sample(branches[0 if full else -1], root, full=full)
    if value.get("type") == "object":
        return {
            name: _sample(field, root, full=full) for name, field in value["properties"].items()
        }
    if value.get("type") == "array":
        least = value.get("minItems", 0)
        return [_sample(value["items"], root, full=full)] * (max(least, 1) if full else least)
    return _scalar(value)


def _scalar(value: Json) -> Any:
    if "enum" in value or "const" in value:
        return value.get("const", value.get("enum", [None])[0])
    kinds = {"null": None, "boolean": True, "integer": value.get("minimum", 0), "number": 50.0}
    if value["type"] in kinds:
        return kinds[value["type"]]
    pattern = value.get("pattern", "")
    return _BY_FORMAT.get(value.get("format", "")) or next(
        word for word in _WORDS if re.search(pattern, word)
    )
