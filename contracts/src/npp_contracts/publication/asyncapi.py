"""The AsyncAPI 3 document: topics as channels with all their types, headers, keys, both sides."""

from importlib.metadata import version
from itertools import groupby
from typing import Any

from npp_contracts.catalogue import EVENTS, SERVICES, STREAMS, TOPICS
from npp_contracts.event import Event
from npp_contracts.headers import CONTENT_TYPE, SCHEMA_PREFIX
from npp_contracts.publication.consumers import Consumers
from npp_contracts.publication.schema import Json, schema_of
from npp_contracts.testing import Example
from npp_contracts.topics import Topic

Examples = dict[str, list[Example]]

_ABOUT = """\
What the services of the NPP training platform tell each other on Kafka, and what a force may read.
CloudEvents 1.0 in Kafka's binary mode: the envelope is in the record's headers, the value is JSON.
A topic is one kind of aggregate and carries many event types; the key orders them."""


def asyncapi(consumers: Consumers, examples: Examples) -> Json:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:npp:contracts",
        "info": {
            "title": "NPP training platform events",
            "version": version("npp-contracts"),
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
            "contact": {"name": "The platform team of the NPP training platform"},
            "tags": [{"name": name, "description": about} for name, about in SERVICES.items()],
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic.name: _channel(topic) for topic in TOPICS.values()}
        | {_stream_id(stream): _stream(stream) for stream in STREAMS.values()},
        "operations": _sends() | _receives(consumers),
        "components": {
            "messages": {
                event.type: _message(event, examples.get(event.type, []))
                for event in EVENTS.values()
            },
            "schemas": _schemas(),
        },
    }


def _of(topic: Topic) -> list[type[Event]]:
    return [event for event in EVENTS.values() if event.topic == topic]


def _channel(topic: Topic) -> Json:
    return {
        "address": topic.name,
        "title": topic.name,
        "description": topic.about,
        "messages": {
            event.type: {"$ref": f"#/components/messages/{event.type}"} for event in _of(topic)
        },
        "tags": [{"name": topic.owner}],
        "bindings": {"kafka": {"topic": topic.name, "partitions": topic.partitions}},
        "x-owner": topic.owner,
        "x-key": topic.key,
        "x-classification": topic.classification,
    }


def _stream_id(stream: Topic) -> str:
    # A channel's id may have no braces; its address may.
    return stream.name.replace("{", "").replace("}", "")


def _stream(stream: Topic) -> Json:
    channel = _channel(stream)
    channel["bindings"]["kafka"].pop("topic")
    force = {"description": "The force whose stream it is; it alone may read it."}
    return channel | {"parameters": {"force_id": force}, "x-keeps-days": stream.keeps_days}


def _operation(action: str, topic: str, types: list[str], about: str) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic}"},
        "summary": about,
        "messages": [{"$ref": f"#/channels/{topic}/messages/{name}"} for name in types],
    }


def _sends() -> Json:
    return {
        f"{topic.owner}.publish.{topic.name.rpartition('.')[2]}": _operation(
            "send",
            topic.name,
            [event.type for event in _of(topic)],
            f"{topic.owner} publishes, and nobody else.",
        )
        for topic in TOPICS.values()
    }


def _receives(consumers: Consumers) -> Json:
    reads = sorted(
        (group, EVENTS[name].topic.name, name)
        for name, groups in consumers.items()
        for group in groups
    )
    return {
        f"{group}.read.{topic.rpartition('.')[2]}": {
            **_operation("receive", topic, [each[2] for each in some], f"The group {group} reads."),
            "bindings": {"kafka": {"groupId": {"type": "string", "const": group}}},
        }
        for (group, topic), some in groupby(reads, key=lambda each: each[:2])
    }


def _message(event: type[Event], examples: list[Example]) -> Json:
    about = " ".join((event.__doc__ or "").split())
    key = _relocated(schema_of(event)["properties"][event.topic.key])
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": about,
        "contentType": CONTENT_TYPE,
        "headers": _headers(event),
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "bindings": {"kafka": {"key": key}},
        "examples": [
            {"name": one.name, "headers": one.headers, "payload": one.payload} for one in examples
        ],
        "x-schema": SCHEMA_PREFIX + event.type,
    }


def _headers(event: type[Event]) -> Json:
    text = {"type": "string", "minLength": 1}
    fixed = {
        "ce_specversion": "1.0",
        "ce_type": event.type,
        "ce_source": f"/npp/{event.topic.owner}",
        "ce_dataschema": SCHEMA_PREFIX + event.type,
        "content-type": CONTENT_TYPE,
    }
    always = {
        **{name: {"type": "string", "const": value} for name, value in fixed.items()},
        "ce_id": {"type": "string", "format": "uuid"},
        "ce_subject": {**text, "description": f"The record's key: {event.topic.key}."},
        "ce_time": {"type": "string", "format": "date-time", "description": "When recorded."},
        "ce_correlationid": text,
        "ce_sequence": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Version of the aggregate that the event made: 1, 2, 3, no gaps.",
        },
        "ce_forceid": {**text, "description": "The payload's force_id."},
    }
    optional = {
        "ce_causationid": {**text, "description": "Id of the event that led to this one."},
        "ce_traceparent": {**text, "description": "W3C trace context."},
    }
    return {"type": "object", "properties": always | optional, "required": sorted(always)}


def _schemas() -> Json:
    found: Json = {}
    for event in EVENTS.values():
        schema = schema_of(event)
        definitions = schema.pop("$defs", {})
        del schema["$schema"], schema["$id"]
        for name, each in {event.__name__: schema, **definitions}.items():
            moved = _relocated(each)
            if found.setdefault(name, moved) != moved:
                raise ValueError(f"two different classes are called {name}")
    return dict(sorted(found.items()))


def _relocated(schema: Any) -> Any:
    """The schema with its references pointing to the document's components."""
    if isinstance(schema, list):
        return [_relocated(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: value.replace("#/$defs/", "#/components/schemas/")
        if key == "$ref"
        else _relocated(value)
        for key, value in schema.items()
    }
