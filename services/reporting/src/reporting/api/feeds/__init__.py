"""The feeds over HTTP: events by http-feeds' conventions, and a manifest of each day."""

from fastapi import APIRouter

from reporting.api.feeds.events import router as events_router
from reporting.api.feeds.manifests import router as manifests_router

router = APIRouter()
router.include_router(events_router)
router.include_router(manifests_router)
