"""What a running service hands to its HTTP side; its process sets it on `app.state.runtime`."""

from dataclasses import dataclass, field
from typing import cast

from starlette.requests import HTTPConnection

from chassis.database import Database
from chassis.health import Health
from chassis.signin import SignIn
from chassis.tokens import TokenVerifier
from chassis.work import UnitOfWork


@dataclass(slots=True)
class Runtime:
    """The live parts that requests need. `signin` only where a service has pages."""

    database: Database
    work: UnitOfWork
    tokens: TokenVerifier
    health: Health = field(default_factory=Health)
    signin: SignIn | None = None


def runtime_of(connection: HTTPConnection) -> Runtime:
    """The runtime of the app that serves this request."""
    return cast(Runtime, connection.app.state.runtime)
