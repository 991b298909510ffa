"""Pages: HTML that runs no script and loads nothing but this service's own."""

import secrets
from typing import Final

from starlette.responses import HTMLResponse

_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def new_nonce() -> str:
    """A value for the `nonce` attributes of one page's inline scripts and styles."""
    return secrets.token_urlsafe(16)


def page_response(content: str, nonce: str, status: int = 200) -> HTMLResponse:
    """A page under a strict Content-Security-Policy; only elements with the nonce are inline."""
    headers = {
        "Content-Security-Policy": _POLICY.format(nonce=nonce),
        "Referrer-Policy": "same-origin",
        "Cache-Control": "private, no-cache",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    return HTMLResponse(content, status, headers)
