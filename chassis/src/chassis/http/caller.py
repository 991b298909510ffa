"""Who calls: the bearer token's actor, or that of a signed-in page."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from chassis.auth import Actor
from chassis.http.runtime import runtime_of
from chassis.tokens import TokenMissing

_SCHEME = HTTPBearer(
    bearerFormat="JWT", scheme_name="oidc", description="An OIDC access token.", auto_error=False
)


async def _caller(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_SCHEME)]
) -> Actor:
    runtime = runtime_of(request)
    if bearer is not None:
        return await runtime.tokens.actor(bearer.credentials)
    actor = None if runtime.signin is None else await runtime.signin.actor(request)
    if actor is not None:
        return actor
    raise TokenMissing("send an OIDC access token as Authorization: Bearer")


Caller = Annotated[Actor, Depends(_caller)]
"""Route dependency: the authenticated actor; without one the route answers 401."""
