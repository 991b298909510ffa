"""What reporting answers: figures, returns, the forces' feeds, and the page."""

from chassis.http import signin_router
from reporting.api.feeds import router as feeds_router
from reporting.api.page import router as page_router
from reporting.api.returns import asat_router, returns_router
from reporting.api.routes import router as figures_router
from reporting.api.stream import router as stream_router

ROUTERS = (
    figures_router,
    returns_router,
    asat_router,
    feeds_router,
    stream_router,
    page_router,
    signin_router,
)
