"""One FastAPI app per service: its routes, and around them everything that is not business."""

from collections.abc import Sequence
from functools import partial
from typing import Final, Protocol

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from chassis.http import openapi, probes
from chassis.http.commands import Idempotency, replayed
from chassis.http.direct import Direct
from chassis.http.failures import add_failures
from chassis.http.idempotency import Replay
from chassis.http.limits import BodyLimit
from chassis.http.observe import Observe
from chassis.http.runtime import Runtime

UNTRACED: Final = ("/livez", "/readyz", "/callback")


class Served(Protocol):
    """What an app needs of a service."""

    @property
    def name(self) -> str: ...

    @property
    def routers(self) -> Sequence[APIRouter]: ...


def service_app(service: Served) -> FastAPI:
    """The app of a service. Its process sets `app.state.runtime` before the first request."""
    app = FastAPI(
        title=f"NPP {service.name}",
        version="1",
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(Observe),
            Middleware(Direct, routers=service.routers),
            Middleware(Idempotency),
            Middleware(BodyLimit),
        ],
        telemetry={
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            # The callback's query carries an authorization code, the probes carry nothing.
            "exclude": lambda scope: scope.get("path") in UNTRACED,
        },
    )
    add_failures(app, {Replay: replayed})
    for router in (probes.router, *service.routers):
        app.include_router(router)
    app.openapi = partial(openapi.document, app)  # type: ignore[method-assign]
    return app


def management_app(runtime: Runtime) -> FastAPI:
    """What a process answers on its management port, and nowhere else: metrics, and the probes."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.runtime = runtime
    for router in (probes.router, probes.management):
        app.include_router(router)
    return app
