"""Which changes of a schema the gate lets through, against jsonschema as the judge."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from npp_contracts.publication.compatibility import breaks, unread

Json = dict[str, Any]


def event(required: tuple[str, ...] = ("a",), **fields: Json) -> Json:
    return {"type": "object", "properties": fields, "required": list(required)}


TEXT = {"type": "string", "pattern": "^[a-z]+$", "maxLength": 9}
COUNT = {"type": "integer", "minimum": 0, "maximum": 9}
WORDS = {"type": "string", "enum": ["x", "y"]}
LISTED = {"type": "array", "items": WORDS, "maxItems": 3}


@pytest.mark.parametrize(
    ("released", "current"),
    [
        (event(a=TEXT), event(a={**TEXT, "description": "Says more."})),
        (event(a=TEXT), event(a=TEXT, b={**COUNT, "default": 1})),
        (event(a=TEXT, b=COUNT), event(a=TEXT)),
        (
            event(a={"$ref": "#/$defs/W"}) | {"$defs": {"W": WORDS}},
            event(a={"$ref": "#/$defs/Renamed"}) | {"$defs": {"Renamed": WORDS}},
        ),
    ],
    ids=["words", "optional field added", "optional field removed", "definition renamed"],
)
def test_a_compatible_change_is_let_through(released: Json, current: Json) -> None:
    assert breaks(released, current) == []


OLD = "old readers refuse new events"
NEW = "new code refuses old events"


@pytest.mark.parametrize(
    ("released", "current", "sides"),
    [
        (event(a=TEXT), event(("a", "b"), a=TEXT, b=COUNT), {NEW}),
        (event(a=TEXT), event(()), {OLD}),
        (event(a=TEXT), event((), a=TEXT), {OLD}),
        (event((), a=TEXT), event(a=TEXT), {NEW}),
        (event(a=TEXT), event(a=COUNT), {OLD, NEW}),
        (event(a=TEXT), event(a={**TEXT, "maxLength": 8}), {NEW}),
        (event(a=TEXT), event(a={**TEXT, "maxLength": 10}), {OLD}),
        (event(a=TEXT), event(a={**TEXT, "pattern": "^[A-Z]+$"}), {OLD, NEW}),
        (event(a=COUNT), event(a={**COUNT, "minimum": 1}), {NEW}),
        (event(a=COUNT), event(a={**COUNT, "maximum": 99}), {OLD}),
        (event(a=COUNT), event(a={**COUNT, "type": "number"}), {OLD}),
        (event(a=WORDS), event(a={**WORDS, "enum": ["x", "y", "z"]}), {OLD}),
        (event(a=WORDS), event(a={**WORDS, "enum": ["x"]}), {NEW}),
        (event(a=WORDS), event(a=TEXT), {OLD, NEW}),
        (event(a=TEXT), event(a={"anyOf": [TEXT, {"type": "null"}]}), {OLD}),
        (event(a={"anyOf": [TEXT, {"type": "null"}]}), event(a=TEXT), {NEW}),
        (event(a=LISTED), event(a={**LISTED, "minItems": 1}), {NEW}),
        (event(a=LISTED), event(a={**LISTED, "items": TEXT}), {OLD, NEW}),
        (event(a=event(("b",), b=TEXT)), event(a=event((), b=TEXT)), {OLD}),
        (event(a={**TEXT, "default": "x"}), event(a={**TEXT, "default": "y"}), {"old events"}),
        (event(a=TEXT), event(a={**TEXT, "contentEncoding": "base64"}), {OLD, NEW}),
    ],
)
def test_a_breaking_change_names_the_side_that_breaks(
    released: Json, current: Json, sides: set[str]
) -> None:
    found = breaks(released, current)
    assert {side for side in (OLD, NEW, "old events would") for why in found if side in why} == {
        "old events would" if side == "old events" else side for side in sides
    }


def test_a_break_names_the_field_at_any_depth() -> None:
    inner = event(("code",), code=TEXT)
    wider = event(("code",), code={**TEXT, "maxLength": 20})
    released, current = (
        event(parts={"type": "array", "items": {"$ref": "#/$defs/Part"}}) | {"$defs": {"Part": p}}
        for p in (inner, wider)
    )
    assert breaks(released, current)[0].endswith("payload.parts[].code: maxLength 9 is not kept")


BOUNDS = st.integers(0, 3)
SCALARS = st.one_of(
    st.builds(lambda low, up: {"type": "integer", "minimum": low, "maximum": up}, BOUNDS, BOUNDS),
    st.builds(lambda up: {"type": "string", "maxLength": up}, BOUNDS),
    st.builds(
        lambda words: {"type": "string", "enum": words},
        st.lists(st.sampled_from("xyz"), min_size=1, unique=True),
    ),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": "number"}]),
)
FIELDS = SCALARS | st.lists(SCALARS, min_size=1, max_size=3).map(lambda some: {"anyOf": some})
SCHEMAS = st.builds(
    lambda fields, some: event(tuple(name for name in some if name in fields), **fields),
    st.dictionaries(st.sampled_from("ab"), FIELDS),
    st.sets(st.sampled_from("ab")),
)
VALUES = st.none() | st.booleans() | st.integers(0, 4) | st.sampled_from(["", "x", "z", "xxxx"])


@given(SCHEMAS, SCHEMAS, st.dictionaries(st.sampled_from("ab"), VALUES))
def test_what_the_gate_lets_through_every_reader_reads(
    written: Json, reader: Json, payload: Json
) -> None:
    said = {name: value for name, value in payload.items() if name in written["properties"]}
    if Draft202012Validator(written).is_valid(said) and not unread(written, reader):
        assert Draft202012Validator(reader).is_valid(said)


@given(SCHEMAS)
def test_a_schema_is_compatible_with_itself(schema: Json) -> None:
    assert breaks(schema, schema) == []
