"""Links to figures as CSV that refresh, for spreadsheets, which can send no token."""

from reporting.api.links.routes import router

ROUTERS = (router,)
