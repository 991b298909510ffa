"""What reporting answers: figures, returns, the doors of the forces, and the pages."""

from chassis.http import signin_router
from reporting.api.erasures import router as erasures_router
from reporting.api.feeds import ROUTERS as FEEDS
from reporting.api.files import ROUTERS as FILES
from reporting.api.links import ROUTERS as LINKS
from reporting.api.pages import ROUTERS as PAGES
from reporting.api.returns import ROUTERS as RETURNS
from reporting.api.routes import router as figures_router
from reporting.api.stream import router as stream_router
from reporting.api.webhooks import ROUTERS as WEBHOOKS

ROUTERS = (
    figures_router,
    *RETURNS,
    *FEEDS,
    *FILES,
    *LINKS,
    *WEBHOOKS,
    erasures_router,
    stream_router,
    *PAGES,
    signin_router,
)
