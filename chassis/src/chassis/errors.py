"""Refusals: typed answers of a rule that said no, rendered as problems at the edge."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import ClassVar, TypeAlias

JsonValue: TypeAlias = bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def kebab(name: str) -> str:
    """`AssessorIsCandidate` as `assessor-is-candidate`, the form of every code."""
    return _WORD_STARTS.sub("-", name).lower()


def json_safe(value: object) -> JsonValue:
    """The value as JSON can carry it; what JSON has no form for becomes its text."""
    if isinstance(value, Enum):
        return json_safe(value.value)
    if isinstance(value, str):
        return str.__str__(value)  # exactly a str: libraries hand us subclasses of it
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {str(key): json_safe(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted((json_safe(each) for each in value), key=str)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


class Refusal(Exception):
    """A business rule said no. Nothing was changed.

    `code` is what clients switch on (the class name in kebab case unless set), `title` the
    rule in words, `status` the HTTP status, `facts` what the rule saw, safe for JSON and free of
    personal data, `headers` what an answer over HTTP says beside it.
    """

    code: ClassVar[str] = "refusal"
    status: ClassVar[int] = 409
    title: ClassVar[str] = "Refused"

    def __init_subclass__(cls) -> None:
        own = cls.__dict__
        if "code" not in own:
            cls.code = kebab(cls.__name__)
        if "title" not in own:
            cls.title = cls.code.replace("-", " ").capitalize()

    def __init__(self, detail: str = "", *, field: str | None = None, **facts: object) -> None:
        super().__init__(detail or self.title)
        self.detail = str(detail)
        self.field = None if field is None else str.__str__(field)
        self.headers: Mapping[str, str] = {}
        self.facts: dict[str, JsonValue] = {key: json_safe(fact) for key, fact in facts.items()}


class NotFound(Refusal):
    """Nothing of that id is visible to the caller: absent and of another force look the same."""

    status = 404
    title = "There is nothing here of that name"


class Forbidden(Refusal):
    """The caller is known and lacks the role; never used for another force's data (NotFound)."""

    status = 403
    title = "Your roles do not allow this"


class Stale(Refusal):
    """The caller's version is not the current one; fetch again and repeat."""

    status = 412
    title = "This changed since you read it"


class Invalid(Refusal):
    """The request is well formed and breaks a rule; names the `field` and the `rule`."""

    status = 422
    title = "A value breaks a rule"

    def __init__(
        self, detail: str = "", *, field: str | None = None, rule: str = "", **facts: object
    ) -> None:
        super().__init__(detail, field=field, rule=rule or self.code, **facts)


class TooLarge(Refusal):
    """More bytes, rows or items than a limit allows."""

    status = 413
    title = "This is larger than allowed"


class Malformed(Refusal):
    """The request cannot be read at all; facts carry the position where reading stopped."""

    status = 400
    title = "This cannot be read"


class Unauthenticated(Refusal):
    """No token, or one that is not ours, not for us, or not valid now."""

    status = 401
    title = "A valid token is needed"


class UnsupportedMedia(Refusal):
    """The body has a content type or encoding that this route does not read."""

    status = 415
    title = "This kind of content is not read here"


class Unavailable(Refusal):
    """Something that this service needs does not answer; the same request may be sent again."""

    status = 503
    title = "Try again shortly"
