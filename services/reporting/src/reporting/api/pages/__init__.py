"""The dashboards in a browser: server-rendered, in two languages, with or without a script."""

from reporting.api.pages.dashboards import router as dashboards_router
from reporting.api.pages.decisions import router as decisions_router
from reporting.api.pages.deliveries import router as deliveries_router
from reporting.api.pages.erasures import router as erasures_router
from reporting.api.pages.frame import router as static_router
from reporting.api.pages.links import router as links_router
from reporting.api.pages.returns import router as returns_router

ROUTERS = (
    dashboards_router,
    decisions_router,
    returns_router,
    deliveries_router,
    erasures_router,
    links_router,
    static_router,
)
