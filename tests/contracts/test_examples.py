"""The committed examples: what other teams build against is right, by schema and by class."""

import json

import pytest
from jsonschema import Draft202012Validator

from npp_contracts import EVENTS, Event
from npp_contracts.testing import NAMES, Example, all_examples, examples, read, schema


@pytest.mark.parametrize("event", EVENTS.values())
def test_the_schema_is_json_schema_2020_12(event: type[Event]) -> None:
    Draft202012Validator.check_schema(schema(event))
    assert schema(event)["$id"] == f"urn:npp:schema:{event.type}"


@pytest.mark.parametrize("event", EVENTS.values())
def test_there_are_two_examples_of_every_event(event: type[Event]) -> None:
    assert [example.name for example in examples(event)] == list(NAMES)


@pytest.mark.parametrize("example", all_examples())
def test_an_example_is_valid_by_its_schema(example: Example) -> None:
    validator = Draft202012Validator(
        schema(EVENTS[example.headers["ce_type"]]),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    assert list(validator.iter_errors(example.payload)) == []


@pytest.mark.parametrize("example", all_examples())
def test_an_example_is_read_and_written_as_it_stands(example: Example) -> None:
    event = read(example.record)
    assert event == example.event
    assert json.loads(event.model_dump_json()) == example.payload


@pytest.mark.parametrize("example", all_examples())
def test_an_example_without_any_required_field_is_refused_by_schema_and_class(
    example: Example,
) -> None:
    event = EVENTS[example.headers["ce_type"]]
    for name in schema(event)["required"]:
        payload = {key: value for key, value in example.payload.items() if key != name}
        assert not Draft202012Validator(schema(event)).is_valid(payload)
        with pytest.raises(ValueError, match=name):
            event.model_validate(payload)


def test_no_two_examples_have_one_id() -> None:
    ids = [example.envelope.id for example in all_examples()]
    assert len(set(ids)) == len(ids)
