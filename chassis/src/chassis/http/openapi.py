"""The OpenAPI document: FastAPI's own, with our problems in place of its validation errors."""

from typing import Any, Final

from fastapi import FastAPI

from chassis.http.problems import MEDIA_TYPE

_TEXT: Final = {"type": "string"}
_PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "RFC 9457. Switch on `code`; show `detail`; quote `correlation_id`.",
    "type": "object",
    "required": ["type", "title", "status", "code", "correlation_id"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "code": _TEXT,
        "correlation_id": _TEXT,
        "instance": _TEXT,
        "detail": _TEXT,
        "field": _TEXT,
        "rule": _TEXT,
        "errors": {"type": "array", "items": {"type": "object"}},
        "facts": {"type": "object", "additionalProperties": True},
    },
}
_ANSWER: Final = {
    "description": "A refusal or failure",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The same key and request again: the same answer, no second effect.",
}


def document(app: FastAPI) -> dict[str, Any]:
    """The app's OpenAPI 3.1 document; what `app.openapi` returns."""
    if app.openapi_schema is None:
        app.openapi_schema = _with_problems(FastAPI.openapi(app))
    return app.openapi_schema


def _with_problems(schema: dict[str, Any]) -> dict[str, Any]:
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for theirs in ("HTTPValidationError", "ValidationError"):
        schemas.pop(theirs, None)
    schemas["Problem"] = _PROBLEM
    for path in schema.get("paths", {}).values():
        for method, operation in path.items():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _ANSWER
            if method == "post":
                operation.setdefault("parameters", []).append(_KEY)
    return schema
