"""Enrolment over HTTP."""

from enrolment.api import enrolments, erasures, learners, programmes, pseudonyms, uploads, xapi

ROUTERS = (
    programmes.router,
    uploads.router,
    learners.router,
    enrolments.router,
    pseudonyms.router,
    erasures.router,
    xapi.router,
)
