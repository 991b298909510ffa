"""Problem details (RFC 9457): the one form of every error that leaves a service."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.responses import Response
from starlette.types import Scope

from chassis.errors import JsonValue, Refusal, Unauthenticated, Unavailable

MEDIA_TYPE: Final = "application/problem+json"
CORRELATION: Final = "npp.correlation_id"


class Internal(Refusal):
    """We failed, the caller did not; the correlation id leads to the log."""

    status = 500
    title = "Something went wrong here"


class Problem(msgspec.Struct, omit_defaults=True, kw_only=True):
    """The members of a problem; `facts` are what the rule saw, `errors` all broken fields."""

    type: str
    title: str
    status: int
    code: str
    correlation_id: str
    instance: str = ""
    detail: str = ""
    field: str | None = None
    rule: str | None = None
    errors: list[JsonValue] | None = None
    facts: dict[str, JsonValue] | None = None


def correlation_of(scope: Scope) -> str:
    """The correlation id of this request, given by the caller or made by us."""
    return str(scope.get(CORRELATION, ""))


def problem_response(
    refusal: Refusal, scope: Scope, headers: Mapping[str, str] | None = None
) -> Response:
    """The refusal as a response; carries nothing that the refusal does not."""
    facts = dict(refusal.facts)
    rule = facts.pop("rule", None)
    errors = facts.pop("errors", None)
    problem = Problem(
        type=f"/problems/{refusal.code}",
        title=refusal.title,
        status=refusal.status,
        code=refusal.code,
        correlation_id=correlation_of(scope),
        instance=scope.get("path", ""),
        detail=refusal.detail,
        field=refusal.field,
        rule=None if rule is None else str(rule),
        errors=errors if isinstance(errors, list) else None,
        facts=facts or None,
    )
    content = msgspec.json.encode(problem, enc_hook=str)
    return Response(content, refusal.status, _headers(refusal, headers), MEDIA_TYPE)


def named_by_status(status: int, detail: str) -> Refusal:
    """A refusal for a status that a library chose, such as an unknown route's 404."""
    phrase = HTTPStatus(status).phrase
    refusal = Refusal("" if detail == phrase else detail)
    named = {"status": status, "title": phrase, "code": phrase.lower().replace(" ", "-")}
    refusal.__dict__.update(named)  # one of many statuses; a class for each would say no more
    return refusal


def _headers(refusal: Refusal, headers: Mapping[str, str] | None) -> dict[str, str]:
    found = {"Cache-Control": "no-store", **refusal.headers, **(headers or {})}
    if isinstance(refusal, Unauthenticated):
        missing = refusal.code == "token-missing"
        found["WWW-Authenticate"] = "Bearer" if missing else 'Bearer error="invalid_token"'
    if isinstance(refusal, Unavailable):
        found["Retry-After"] = "2"
    return found
