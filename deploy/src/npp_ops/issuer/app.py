"""The issuer over HTTP: discovery, keys, authorization with PKCE, tokens."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from npp_ops.issuer import discovery, page
from npp_ops.issuer.clients import Client
from npp_ops.issuer.grants import Codes
from npp_ops.issuer.identities import identities
from npp_ops.issuer.requests import FIELDS, Refused, WrongClient, check
from npp_ops.issuer.tokens import HOUR, Minter

_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class Issuer:
    """One issuer's routes; codes live in memory and die with it."""

    minter: Minter
    clients: Mapping[str, Client]
    codes: Codes = field(default_factory=Codes)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/jwks.json", self.keys),
                Route("/authorize", self.ask, methods=["GET"]),
                Route("/authorize", self.chosen, methods=["POST"]),
                Route("/token", self.token, methods=["POST"]),
                Route("/style.css", self.style),
                Route("/readyz", self.ready),
            ],
            exception_handlers={WrongClient: self.wrong_client, Refused: self.refused},
        )

    async def ready(self, _request: Request) -> Response:
        return JSONResponse({"status": "ready"})

    async def style(self, _request: Request) -> Response:
        return Response(page.STYLE, media_type="text/css")

    async def discovery(self, _request: Request) -> Response:
        return JSONResponse(discovery.document(self.minter.issuer))

    async def keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.minter.key.as_dict(private=False)]})

    async def ask(self, request: Request) -> Response:
        asked = check(request.query_params, self.clients)
        carried = {name: value for name, value in request.query_params.items() if name in FIELDS}
        content = page.choose(carried, asked.client.client_id)
        return HTMLResponse(content, headers=_headers(asked.client))

    async def chosen(self, request: Request) -> Response:
        form = await _form(request)
        asked = check(form, self.clients)
        identity = identities().get(form.get("identity", ""))
        if identity is None:
            raise Refused("access_denied", asked.redirect_uri, asked.state)
        code = self.codes.give(asked, identity)
        return self._back(asked.redirect_uri, asked.state, code=code)

    async def token(self, request: Request) -> Response:
        form = await _form(request)
        client_id, secret = _credentials(request, form)
        client = self.clients.get(client_id)
        if client is None or not client.knows(secret):
            return _error("invalid_client", status=401)
        if form.get("grant_type") != "authorization_code":
            return _error("unsupported_grant_type")
        used = self.codes.use(
            form.get("code", ""),
            client_id=client_id,
            redirect_uri=form.get("redirect_uri", ""),
            verifier=form.get("code_verifier", ""),
        )
        if used is None:
            return _error("invalid_grant")
        asked, who = used
        answer = {
            "access_token": self.minter.access_token(who.subject, who.roles, who.force_id),
            "id_token": self.minter.id_token(who.subject, client_id, asked.nonce, name=who.title),
            "token_type": "Bearer",  # pragma: allowlist secret
            "expires_in": HOUR,
            "scope": asked.scope,
        }
        return JSONResponse(answer, headers=_PRIVATE)

    async def wrong_client(self, _request: Request, _error: Exception) -> Response:
        reason = "It names an application or a return address that is not registered here."
        return HTMLResponse(page.refused(reason), 400, headers=_headers())

    async def refused(self, _request: Request, fault: Exception) -> Response:
        if not isinstance(fault, Refused):
            raise fault
        return self._back(fault.redirect_uri, fault.state, error=fault.error)

    def _back(self, redirect_uri: str, state: str | None, **answer: str) -> Response:
        query = {**answer, "iss": self.minter.issuer, **({"state": state} if state else {})}
        return RedirectResponse(f"{redirect_uri}?{urlencode(query)}", 303, headers=_PRIVATE)


def _headers(client: Client | None = None) -> dict[str, str]:
    # Browsers hold a form's redirects to form-action too, so the client's origin is named.
    targets = " ".join(["'self'", *(client.origins() if client else [])])
    policy = [
        "default-src 'none'",
        "style-src 'self'",
        f"form-action {targets}",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    content = {"Content-Security-Policy": "; ".join(policy), "X-Content-Type-Options": "nosniff"}
    return {**_PRIVATE, **content}


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(errors="replace")))


def _credentials(request: Request, form: Mapping[str, str]) -> tuple[str, str | None]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", None
    return unquote(name), unquote(secret)


def _error(code: str, *, status: int = 400) -> Response:
    return JSONResponse({"error": code}, status, headers=_PRIVATE)
