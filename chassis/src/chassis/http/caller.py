"""Who calls: the bearer token's actor, or that of a signed-in page."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from fastapi.security.base import SecurityBase

from chassis.auth import Actor
from chassis.http.runtime import runtime_of
from chassis.tokens import TokenMissing

_BEARER: Final = HTTPBearer(
    bearerFormat="JWT", scheme_name="oidc", description="An OIDC access token.", auto_error=False
)


class Authenticated(SecurityBase):
    """A dependency that needs the caller, and says so in the API's description.

    It asks by itself: as a chain of three dependencies FastAPI took longer than the token did.
    """

    def __init__(self) -> None:
        self.model = _BEARER.model
        self.scheme_name = _BEARER.scheme_name

    async def actor(self, request: Request) -> Actor:
        """Who calls; raises Unauthenticated."""
        runtime = runtime_of(request)
        bearer = await _BEARER(request)
        if bearer is not None:
            return await runtime.tokens.actor(bearer.credentials)
        actor = None if runtime.signin is None else await runtime.signin.actor(request)
        if actor is not None:
            return actor
        raise TokenMissing("send an OIDC access token as Authorization: Bearer")


class _Caller(Authenticated):
    async def __call__(self, request: Request) -> Actor:
        return await self.actor(request)


Caller = Annotated[Actor, Depends(_Caller())]
"""Route dependency: the authenticated actor; without one the route answers 401."""
