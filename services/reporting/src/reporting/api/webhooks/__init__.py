"""Webhooks over HTTP: a force manages its own, and everybody may see with which keys they sign."""

from reporting.api.webhooks.deliveries import router as deliveries_router
from reporting.api.webhooks.endpoints import router as endpoints_router
from reporting.api.webhooks.keys import router as keys_router
from reporting.api.webhooks.ping import router as ping_router

ROUTERS = (endpoints_router, keys_router, ping_router, deliveries_router)
