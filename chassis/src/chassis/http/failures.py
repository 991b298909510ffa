"""What each exception means to the caller: the table from exceptions to problems."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from asyncpg import InterfaceError, PostgresError
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chassis.database import is_passing
from chassis.errors import (
    Invalid,
    Malformed,
    Refusal,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)
from chassis.http.forms import MEDIA_TYPE
from chassis.http.problems import Internal, named_by_status, problem_response

log = structlog.get_logger(__name__)

_UNIQUE_VIOLATION: Final = "23505"
_DATA_EXCEPTION: Final = "22"


class JsonMalformed(Malformed):
    title = "The body is not JSON"


class DatabaseUnavailable(Unavailable):
    title = "The database does not answer; try again shortly"


class Conflict(Refusal):
    title = "Something of that identity exists already"


class ValueNotStorable(Invalid):
    title = "A value cannot be stored"


def add_failures(app: FastAPI, others: Mapping[type[Exception], Any]) -> None:
    """Give the app a problem for everything that can go wrong, and handlers for `others`."""
    handlers: dict[type[Exception], Any] = {
        Refusal: _refused,
        RequestValidationError: _invalid,
        HTTPException: _library,
        DBAPIError: _storage,
        PoolTimeout: _storage,
        PostgresError: _storage,
        InterfaceError: _storage,
        OSError: _storage,
    }
    for kind, handler in (handlers | dict(others)).items():
        app.add_exception_handler(kind, handler)


def refusal_of(error: BaseException) -> Refusal:
    """The refusal that a failure amounts to; Internal when it is ours, and then it is logged."""
    if isinstance(error, Refusal):
        return error
    if is_passing(error):
        log.warning("database-unavailable", error=repr(error))
        return DatabaseUnavailable()
    state = _sqlstate(error)
    if state == _UNIQUE_VIOLATION:
        return Conflict()
    if state.startswith(_DATA_EXCEPTION):
        return ValueNotStorable("a number is out of range or a text has a forbidden character")
    log.error("request-failed", exc_info=error)
    return Internal()


def _sqlstate(error: BaseException) -> str:
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig.__cause__ or error.orig
    if isinstance(error, InterfaceError) and isinstance(error, ValueError):
        return _DATA_EXCEPTION  # asyncpg refuses an argument before it is sent
    return str(getattr(error, "sqlstate", ""))


async def _refused(request: Request, error: Refusal) -> Response:
    if isinstance(error, Unauthenticated) and _wants_page(request):
        return RedirectResponse(f"/signin?next={request.url.path}", status_code=303)
    return problem_response(error, request.scope)


def _wants_page(request: Request) -> bool:
    asks_for_page = "text/html" in request.headers.get("accept", "")
    # Whoever took too long over a form finds it again where it was sent to.
    sent = request.headers.get("content-type", "").startswith(MEDIA_TYPE)
    navigates = request.method == "GET" or (request.method == "POST" and sent)
    return navigates and asks_for_page and request.app.state.runtime.signin is not None


async def _storage(request: Request, error: Exception) -> Response:
    return problem_response(refusal_of(error), request.scope)


async def _library(request: Request, error: HTTPException) -> Response:
    cause = error.__cause__
    if isinstance(cause, Refusal):  # raised by our body limit while the body was being read
        return problem_response(cause, request.scope)
    if error.status_code == 400 and cause is not None:
        return problem_response(_unreadable(cause), request.scope)
    refusal = named_by_status(error.status_code, str(error.detail))
    return problem_response(refusal, request.scope, error.headers)


def _unreadable(cause: BaseException) -> Refusal:
    if isinstance(cause, UnicodeDecodeError):
        return JsonMalformed(f"not UTF-8 at byte {cause.start}", byte=cause.start)
    if isinstance(cause, RecursionError):
        return JsonMalformed("nested too deeply")
    return Malformed("the body cannot be read")


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    return problem_response(_explain(error), request.scope)


def _explain(error: RequestValidationError) -> Refusal:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        position = json.JSONDecodeError("", str(error.body), first["loc"][-1])
        line, column = position.lineno, position.colno
        detail = f"{first['ctx']['error']} at line {line}, column {column}"
        return JsonMalformed(detail, line=line, column=column)
    if isinstance(error.body, bytes) and first["loc"] == ("body",):
        return UnsupportedMedia("this route reads application/json")
    return _broken_fields(error.errors())


def _broken_fields(errors: Sequence[Any]) -> Invalid:
    # Never `input`: what the caller sent may be personal and must not reach logs or screens.
    broken = [
        {
            "field": ".".join(str(part) for part in each["loc"][1:]) or str(each["loc"][0]),
            "in": str(each["loc"][0]),
            "rule": each["type"].replace("_", "-"),
            "detail": each["msg"],
        }
        for each in errors
    ]
    first = broken[0]
    return Invalid(
        f"{first['field']}: {first['detail']}",
        field=first["field"],
        rule=first["rule"],
        errors=broken[:100],
    )
