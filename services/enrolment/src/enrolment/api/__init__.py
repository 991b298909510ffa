"""Enrolment over HTTP."""

from enrolment.api import enrolments, learners, programmes, uploads, xapi

ROUTERS = (programmes.router, uploads.router, learners.router, enrolments.router, xapi.router)
