"""What a command's route asks for, when that is no more than path, one JSON body and commands."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, iscoroutinefunction, signature
from typing import Any, Final, TypeAlias, get_args, get_type_hints

from fastapi.datastructures import DefaultPlaceholder
from fastapi.params import Depends
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from starlette.convertors import StringConvertor
from starlette.requests import Request
from starlette.responses import Response

from chassis.http.caller import Authenticated
from chassis.http.etags import expected_version

Ask: TypeAlias = Callable[[Request], Awaitable[Any]]

# Options of a route that change its answer; here all of them are FastAPI's defaults.
_UNCHANGED: Final[dict[str, object]] = {
    "response_model_include": None,
    "response_model_exclude": None,
    "response_model_by_alias": True,
    "response_model_exclude_unset": False,
    "response_model_exclude_defaults": False,
    "response_model_exclude_none": False,
    "dependencies": [],
}


@dataclass(frozen=True, slots=True)
class Plain:
    """A route taken apart: how to make its arguments, and its answer from what it returns."""

    endpoint: Callable[..., Awaitable[Any]]
    path: Mapping[str, TypeAdapter[Any]]
    body: tuple[str, TypeAdapter[Any]] | None
    asked: Mapping[str, Ask]
    response: str | None
    status: int
    answer: TypeAdapter[Any]

    def read(self, path: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """The arguments that the caller gave; raises pydantic's ValidationError."""
        values = {name: kind.validate_python(path[name]) for name, kind in self.path.items()}
        if self.body is not None:
            values[self.body[0]] = self.body[1].validate_json(body)
        return values

    async def call(self, request: Request, values: dict[str, Any]) -> Response:
        """Call the endpoint; its answer as FastAPI would have made it."""
        for name, ask in self.asked.items():
            values[name] = await ask(request)
        changed = None
        if self.response is not None:
            changed = values[self.response] = Response(status_code=self.status)
            del changed.headers["content-length"]
        result = await self.endpoint(**values)
        if isinstance(result, Response):
            return result
        content = self.answer.validate_python(result, from_attributes=True)
        status = self.status if changed is None else changed.status_code
        body = self.answer.dump_json(content, by_alias=True)
        made = Response(body, status, media_type="application/json")
        if changed is not None:
            made.raw_headers.extend(changed.raw_headers)
        return made


def plain_form(route: APIRoute) -> Plain | None:
    """The route's plain form; None for one that asks FastAPI for more."""
    if not _is_plain(route):
        return None
    hints = get_type_hints(route.endpoint, include_extras=True)
    path: dict[str, TypeAdapter[Any]] = {}
    asked: dict[str, Ask] = {}
    body: list[str] = []
    response: str | None = None
    for name, parameter in signature(route.endpoint).parameters.items():
        kind = hints[name]
        if name in route.param_convertors:
            path[name] = TypeAdapter(kind)
        elif (ask := _asking(kind)) is not None:
            asked[name] = ask
        elif kind is Response:
            response = name
        elif _is_model(kind) and parameter.default is Parameter.empty and not body:
            body.append(name)
        else:
            return None
    if not asked:
        return None
    return Plain(
        route.endpoint,
        path,
        (body[0], TypeAdapter(hints[body[0]])) if body else None,
        asked,
        response,
        route.status_code or 200,
        TypeAdapter(route.response_model),
    )


def _is_plain(route: APIRoute) -> bool:
    return (
        iscoroutinefunction(route.endpoint)
        and "GET" not in (route.methods or ())
        and route.response_model is not None
        and isinstance(route.response_class, DefaultPlaceholder)
        and all(getattr(route, name) == usual for name, usual in _UNCHANGED.items())
        and all(isinstance(each, StringConvertor) for each in route.param_convertors.values())
    )


def _asking(kind: Any) -> Ask | None:
    for extra in get_args(kind)[1:]:
        if isinstance(extra, Depends):
            if isinstance(extra.dependency, Authenticated):
                return extra.dependency  # each takes the request
            if extra.dependency is expected_version:
                return _if_match
    return None


async def _if_match(request: Request) -> int | None:
    return await expected_version(request.headers.get("If-Match"))


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
