"""The service over HTTP."""

from events.api import invitations, places, sessions

ROUTERS = (sessions.router, places.router, invitations.router)
