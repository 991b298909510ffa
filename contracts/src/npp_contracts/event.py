"""The base of every event: a frozen fact that knows its type, its topic and its key."""

import re
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from npp_contracts.ids import ForceId
from npp_contracts.topics import DeclarationError, Topic

_TYPE = re.compile(
    r"npp\.(?P<service>[a-z-]+)\.(?P<happened>[a-z]+(-[a-z]+)*)\.v(?P<major>[1-9]\d*)"
)
_HUMP = re.compile(r"(?<!^)(?=[A-Z])")


class Value(BaseModel):
    """A value inside an event; as frozen and as tolerant of unknown fields as the event."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Event(BaseModel):
    """Something that happened, named in the past tense; readers ignore fields they don't know.

    Declare with `class X(Event, type="npp.<service>.<x>.v1", topic=TOPIC)` and a docstring.
    The payload on the wire is `event.model_dump_json()`: snake_case keys, nulls kept.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    type: ClassVar[str]
    topic: ClassVar[Topic]

    force_id: ForceId
    """The force that owns the fact at that time; `national` when no force does."""

    @classmethod
    def __pydantic_init_subclass__(cls, **declared: Any) -> None:
        """Refuse a declaration that the catalogue could not describe."""
        cls.type, cls.topic = _declared(cls.__name__, declared)
        if not (cls.__doc__ or "").strip():
            raise DeclarationError(f"{cls.__name__} needs a docstring: what happened, in one line")
        if cls.topic.key not in cls.model_fields:
            raise DeclarationError(f"{cls.__name__} lacks its topic's key field {cls.topic.key!r}")

    def __init_subclass__(cls, **declared: Any) -> None:
        # Swallows the class keywords, which pydantic hands to the hook above once fields exist.
        super().__init_subclass__()

    @property
    def key(self) -> str:
        """The Kafka key and CloudEvents subject: the id of the aggregate this happened to."""
        return str(getattr(self, self.topic.key))


def _declared(name: str, declared: dict[str, Any]) -> tuple[str, Topic]:
    topic, declared_type = declared.get("topic"), declared.get("type", "")
    if not isinstance(topic, Topic):
        raise DeclarationError(f"{name} needs a topic: class {name}(Event, type=..., topic=TOPIC)")
    match = _TYPE.fullmatch(declared_type)
    if match is None:
        raise DeclarationError(f"{name}: type {declared_type!r} is not npp.<service>.<event>.v<N>")
    if match["service"] != topic.owner:
        raise DeclarationError(f"{name}: {topic.owner} owns {topic.name}, not {match['service']}")
    expected = _HUMP.sub("-", name.removesuffix(f"V{match['major']}")).lower()
    if match["happened"] != expected:
        raise DeclarationError(f"{name}: its type must say {expected!r}, not {match['happened']!r}")
    return declared_type, topic
