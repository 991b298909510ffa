"""/livez and /readyz, and /metrics: without a token, outside of OpenAPI."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from chassis.http.json import Json
from chassis.http.runtime import runtime_of

router = APIRouter(include_in_schema=False)
management = APIRouter(include_in_schema=False)
"""For whoever operates the platform alone: metrics tell of every force."""


@router.get("/livez")
async def live(request: Request) -> Response:
    # Only our own loops: a database that is away must not restart us.
    ended = runtime_of(request).health.dead()
    return Json({"live": not ended, "ended": ended}, 503 if ended else 200)


@router.get("/readyz")
async def ready(request: Request) -> Response:
    problems = await runtime_of(request).health.problems()
    return Json({"ready": not problems, "problems": problems}, 503 if problems else 200)


@management.get("/metrics")
async def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
