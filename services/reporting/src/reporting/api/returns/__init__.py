"""The national return over HTTP, and figures as they were known."""

from reporting.api.returns.asat import router as asat_router
from reporting.api.returns.routes import router as returns_router

ROUTERS = (returns_router, asat_router)
