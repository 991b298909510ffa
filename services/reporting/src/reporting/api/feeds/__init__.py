"""The feeds over HTTP: events by http-feeds' conventions, and a manifest of each day."""

from reporting.api.feeds.events import router as events_router
from reporting.api.feeds.manifests import router as manifests_router

# One by one: routes inside of an included router are not seen by who lists a service's routes.
ROUTERS = (events_router, manifests_router)
