"""The shape of an xAPI 1.0.3 statement, as far as it is ours to check; the rest is kept as sent."""

import hashlib
import json
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from chassis.clock import new_id
from enrolment.domain.errors import StatementInvalid
from enrolment.domain.statement import About, Statement, about_account, about_mailbox

Document: TypeAlias = dict[str, Any]

# The store sets these, so they don't tell two statements apart.
_OURS: Final = ("stored", "authority", "version", "id")


def _iri(text: str) -> str:
    scheme, colon, rest = text.partition(":")
    if not (colon and rest and scheme[:1].isalpha() and not any(c.isspace() for c in text)):
        raise ValueError("must be an IRI with a scheme")
    return text


Iri = Annotated[str, Field(min_length=3, max_length=2_000), AfterValidator(_iri)]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class Account(_Shape):
    home_page: Annotated[Iri, Field(alias="homePage")]
    name: Annotated[str, Field(min_length=1, max_length=200)]


class Actor(_Shape):
    account: Account | None = None
    mbox: Annotated[str, Field(pattern=r"^mailto:[^@\s]+@[^@\s]+$", max_length=300)] | None = None
    mbox_sha1sum: str | None = None
    openid: str | None = None

    @model_validator(mode="after")
    def _has_one_identifier(self) -> "Actor":
        given = (self.account, self.mbox, self.mbox_sha1sum, self.openid)
        if sum(each is not None for each in given) != 1:
            raise ValueError("needs exactly one of account, mbox, mbox_sha1sum, openid")
        return self


class Identified(_Shape):
    id: Iri


class Object(_Shape):
    id: str | None = None
    object_type: Annotated[str, Field(alias="objectType")] = "Activity"

    @model_validator(mode="after")
    def _activity_has_id(self) -> "Object":
        if self.object_type == "Activity":
            _iri(self.id or "")
        return self


class Result(_Shape):
    completion: bool | None = None


class StatementShape(_Shape):
    id: UUID | None = None
    actor: Actor
    verb: Identified
    object: Object
    result: Result | None = None
    timestamp: AwareDatetime | None = None


_ONE: Final = TypeAdapter(StatementShape)
_MAX_AT_ONCE: Final = 1_000


def read_statements(body: object, now: AwareDatetime) -> list[Statement]:
    """The statements of a request: one or a list of them. Raises StatementInvalid."""
    documents = body if isinstance(body, list) else [body]
    if len(documents) > _MAX_AT_ONCE:
        raise StatementInvalid(f"at most {_MAX_AT_ONCE} statements at once", rule="batch-size")
    return [_read(number, each, now) for number, each in enumerate(documents)]


def _read(number: int, document: object, now: AwareDatetime) -> Statement:
    try:
        shape = _ONE.validate_python(document)
    except ValidationError as broken:
        first = broken.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or "statement"
        raise StatementInvalid(
            f"statement {number}, {field}: {first['msg']}", field=field, statement=number
        ) from broken
    assert isinstance(document, dict)  # noqa: S101  a model validates from nothing else
    return _statement(shape, document, now)


def _statement(shape: StatementShape, document: Document, now: AwareDatetime) -> Statement:
    own = {name: value for name, value in document.items() if name not in _OURS}
    return Statement(
        statement_id=shape.id or new_id(),
        about=_about(shape.actor),
        verb=shape.verb.id,
        activity=shape.object.id or "",
        # The day where the platform is: the timestamp's own offset says which.
        on=(shape.timestamp or now).date(),
        claims_completion=shape.result is None or shape.result.completion is not False,
        sha256=hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest(),
        document=json.dumps(document, ensure_ascii=False),
    )


def _about(actor: Actor) -> About:
    if actor.account is not None:
        return about_account(actor.account.home_page, actor.account.name)
    return about_mailbox(actor.mbox) if actor.mbox is not None else About()
