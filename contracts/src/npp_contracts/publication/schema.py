"""The JSON Schema of an event, and the one way in which it is written to a file."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from npp_contracts.event import Event
from npp_contracts.headers import SCHEMA_PREFIX
from npp_contracts.publication.meanings import MEANINGS

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Json = dict[str, Any]


class _Generator(GenerateJsonSchema):
    """Leaves out the titles that only repeat a field's name."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False


def schema_of(event: type[Event]) -> Json:
    """What a reader of the event accepts; a field with a default may be absent in old events."""
    schema = event.model_json_schema(mode="validation", schema_generator=_Generator)
    definitions = schema.get("$defs", {})
    for part in (schema, *definitions.values()):
        for name, field in part.get("properties", {}).items():
            _explain(name, field, definitions)
    return {"$schema": DIALECT, "$id": SCHEMA_PREFIX + event.type, **schema}


def unexplained(schema: Json) -> list[str]:
    """The fields, at any depth, of which nobody says what they mean."""
    return [
        name
        for part in (schema, *schema.get("$defs", {}).values())
        for name, field in part.get("properties", {}).items()
        if "description" not in field
    ]


def written(document: object) -> str:
    """The text of a generated JSON file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _explain(name: str, field: Json, definitions: Json) -> None:
    target = definitions.get(field.get("$ref", "").rpartition("/")[2], {})
    meaning = field.get("description") or MEANINGS.get(name) or target.get("description")
    if meaning:
        field["description"] = " ".join(meaning.split())
