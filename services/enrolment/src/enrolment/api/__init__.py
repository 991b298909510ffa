"""Enrolment over HTTP."""

from enrolment.api import enrolments, learners, programmes, pseudonyms, uploads, xapi

ROUTERS = (
    programmes.router,
    uploads.router,
    learners.router,
    enrolments.router,
    pseudonyms.router,
    xapi.router,
)
