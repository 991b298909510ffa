"""HTTP: what a service's api.py imports."""

from chassis.http.app import management_app, service_app
from chassis.http.caller import Caller
from chassis.http.commands import Commands
from chassis.http.etags import IfMatch, etag
from chassis.http.forms import Form
from chassis.http.html import new_nonce, page_response
from chassis.http.json import Json
from chassis.http.limits import body_limit
from chassis.http.pages import Cursor, page
from chassis.http.queries import Queries
from chassis.http.runtime import Runtime
from chassis.http.signin_routes import router as signin_router
from chassis.http.uploads import CsvBody, csv_upload

__all__ = [
    "Caller",
    "Commands",
    "CsvBody",
    "Cursor",
    "Form",
    "IfMatch",
    "Json",
    "Queries",
    "Runtime",
    "body_limit",
    "csv_upload",
    "etag",
    "management_app",
    "new_nonce",
    "page",
    "page_response",
    "service_app",
    "signin_router",
]
