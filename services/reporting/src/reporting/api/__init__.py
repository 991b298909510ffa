"""What reporting answers: figures, their stream, and the page that shows them."""

from chassis.http import signin_router
from reporting.api.routes import router as figures_router

ROUTERS = (figures_router, signin_router)
