"""Whether two versions of a schema can live together: exact for what pydantic emits for events."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "default", "examples"}
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_SAME = ("pattern", "format")
_SHAPE = {"type", "enum", "const", "anyOf", "$ref", "items", "properties", "required"}
_KNOWN = _ANNOTATIONS | _SHAPE | {*_LOWER, *_UPPER, *_SAME}


def breaks(released: Json, current: Json) -> list[str]:
    """Why old readers could refuse new events, or new code could not replay old ones.

    Writers emit the declared fields and no others; readers ignore what they don't know. What
    the checker can't judge is reported as a break, so an answer of none can be relied on.
    """
    new_events = (f"old readers refuse new events: {why}" for why in unread(current, released))
    old_events = (f"new code refuses old events: {why}" for why in unread(released, current))
    changed = (f"old events would read differently: {why}" for why in _defaults(released, current))
    return [*new_events, *old_events, *changed]


def unread(written: Json, reader: Json) -> list[str]:
    """What an event of the one schema can hold that a reader of the other refuses."""
    return list(_Comparison(written, reader).value(written, reader, "payload"))


def _defaults(released: Json, current: Json) -> Iterator[str]:
    new = current.get("properties", {})
    for name, old in released.get("properties", {}).items():
        if name in new and old.get("default") != new[name].get("default"):
            yield f"{name}: the default changed"


class _Comparison:
    def __init__(self, written: Json, reader: Json) -> None:
        self._written = written.get("$defs", {})
        self._reader = reader.get("$defs", {})

    def value(self, written: Json, reader: Json, at: str) -> Iterator[str]:
        """Each way in which a value that was written may be refused by the reader."""
        written, reader = _resolved(written, self._written), _resolved(reader, self._reader)
        unknown = sorted({*written, *reader} - _KNOWN)
        if unknown:
            yield f"{at}: the gate can't judge {', '.join(unknown)}"
        elif "anyOf" in written or "anyOf" in reader:
            yield from self._branches(written, reader, at)
        elif "enum" in written or "enum" in reader or "const" in written or "const" in reader:
            yield from _words(written, reader, at)
        else:
            yield from _type(written, reader, at)
            yield from _bounds(written, reader, at)
            yield from self._inside(written, reader, at)

    def _branches(self, written: Json, reader: Json, at: str) -> Iterator[str]:
        readers = reader.get("anyOf", [reader])
        for branch in written.get("anyOf", [written]):
            attempts = [list(self.value(branch, option, at)) for option in readers]
            if all(attempts):
                yield from min(attempts, key=len)

    def _inside(self, written: Json, reader: Json, at: str) -> Iterator[str]:
        if "items" in reader:
            yield from self.value(written.get("items", {}), reader["items"], f"{at}[]")
        has, reads = written.get("properties", {}), reader.get("properties", {})
        for name in reads:
            if name in has:
                yield from self.value(has[name], reads[name], f"{at}.{name}")
        always = set(written.get("required", []))
        for name in reader.get("required", []):
            if name not in always:
                yield f"{at}.{name}: required, but it may be absent"


def _resolved(schema: Json, definitions: Json) -> Json:
    while "$ref" in schema:
        target = definitions[schema["$ref"].removeprefix("#/$defs/")]
        schema = {**target, **{key: schema[key] for key in schema if key != "$ref"}}
    return schema


def _words(written: Json, reader: Json, at: str) -> Iterator[str]:
    said, known = _listed(written), _listed(reader)
    if known is None:
        yield from _type(written, {"type": reader.get("type")}, at)
        if set(reader) - _ANNOTATIONS - {"type"}:
            yield f"{at}: a closed list became a bounded value"
    elif said is None:
        yield f"{at}: an open value became a closed list"
    elif surplus := sorted(map(str, said - known)):
        yield f"{at}: {', '.join(surplus)} not in the closed list"


def _listed(schema: Json) -> set[Any] | None:
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None


def _type(written: Json, reader: Json, at: str) -> Iterator[str]:
    was, wanted = written.get("type"), reader.get("type")
    if wanted is not None and was != wanted and (was, wanted) != ("integer", "number"):
        yield f"{at}: {was} where {wanted} is read"


def _bounds(written: Json, reader: Json, at: str) -> Iterator[str]:
    for word in _LOWER:
        if word in reader and written.get(word, float("-inf")) < reader[word]:
            yield f"{at}: {word} {reader[word]} is not kept"
    for word in _UPPER:
        if word in reader and written.get(word, float("inf")) > reader[word]:
            yield f"{at}: {word} {reader[word]} is not kept"
    for word in _SAME:
        if word in reader and written.get(word) != reader[word]:
            yield f"{at}: {word} {reader[word]} is not kept"
