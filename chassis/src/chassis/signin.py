"""Sign-in for pages: OIDC authorization code with PKCE, then an encrypted cookie."""

# The cookie holds who was signed in, not their token: it is readable by this service only, by no
# script, and is worth nothing elsewhere.

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlencode

import httpx
from starlette.requests import Request

from chassis.auth import Actor
from chassis.errors import Forbidden, Malformed
from chassis.issuer_keys import IssuerUnreachable
from chassis.sealed import MAX_SEALED, Sealer
from chassis.settings import Settings
from chassis.tokens import TokenVerifier

SESSION_SECONDS: Final = 8 * 3600
ATTEMPT_SECONDS: Final = 600
CSRF_FIELD: Final = "csrf_token"
CSRF_HEADER: Final = "X-CSRF-Token"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class SignInFailed(Malformed):
    title = "Signing in did not work; start again"


class CsrfTokenWrong(Forbidden):
    title = "This form was not made for this session; reload the page"


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person: the same actor that their bearer token would give."""

    actor: Actor
    csrf_token: str


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to send the browser, and the cookie that proves it was us who sent it."""

    url: str
    cookie: str


class SignIn:
    """One service's sign-in with one issuer."""

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        public_url: str,
        secret: str,
        tokens: TokenVerifier,
        client: httpx.AsyncClient,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self.public_url = public_url.rstrip("/")
        self._redirect_uri = f"{self.public_url}/callback"
        self._sealer = Sealer(secret)
        self._tokens = tokens
        self._client = client
        self._endpoints: Mapping[str, Any] | None = None
        self.secure = public_url.startswith("https://")
        # The prefixes make browsers refuse the cookie from another host or without TLS.
        self.session_cookie = "__Host-npp-session" if self.secure else "npp-session"
        self.attempt_cookie = "__Secure-npp-signin" if self.secure else "npp-signin"

    @classmethod
    def from_settings(
        cls, settings: Settings, tokens: TokenVerifier, client: httpx.AsyncClient
    ) -> Self | None:
        """The sign-in that the settings ask for; None without OIDC_CLIENT_ID."""
        if settings.oidc_client_id is None:
            return None
        if settings.session_secret is None:
            raise ValueError("OIDC_CLIENT_ID needs SESSION_SECRET beside it")
        secret = settings.oidc_client_secret
        return cls(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=None if secret is None else secret.get_secret_value(),
            public_url=settings.public_url or f"http://{settings.http_host}:{settings.http_port}",
            secret=settings.session_secret.get_secret_value(),
            tokens=tokens,
            client=client,
        )

    def session(self, request: Request) -> Session | None:
        """The session of the request's cookie; None without one that is ours and still valid."""
        held = self._sealer.open("session", request.cookies.get(self.session_cookie))
        if held is None:
            return None
        actor = Actor(held["sub"], frozenset(held["roles"]), held["force"])
        return Session(actor, held["csrf"])

    async def actor(self, request: Request) -> Actor | None:
        """Who is signed in. A request that changes something must prove that our page sent it."""
        session = self.session(request)
        if session is None:
            return None
        if request.method not in _SAFE_METHODS:
            given = request.headers.get(CSRF_HEADER) or await _form_token(request)
            if not compare_digest(given.encode(), session.csrf_token.encode()):
                raise CsrfTokenWrong(field=CSRF_FIELD)
        return session.actor

    async def depart(self, wanted: str) -> Departure:
        """Start signing in, to come back to the page `wanted`."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        attempt = {"state": state, "nonce": nonce, "verifier": verifier, "next": own_path(wanted)}
        endpoint = str((await self._discovered())["authorization_endpoint"])
        url = f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"
        return Departure(url, self._sealer.seal("attempt", attempt, ATTEMPT_SECONDS))

    async def arrive(self, request: Request) -> tuple[str, str]:
        """Finish signing in: the path to go to, and the session's cookie."""
        query = request.query_params
        attempt = self._sealer.open("attempt", request.cookies.get(self.attempt_cookie))
        if attempt is None or not compare_digest(query.get("state", ""), attempt["state"]):
            raise SignInFailed("this browser did not start it, or too long ago", field="state")
        if query.get("iss", self._issuer) != self._issuer:
            raise SignInFailed("the answer is another issuer's", field="iss")
        if "code" not in query:
            raise SignInFailed("the issuer refused", field="code")
        granted = await self._exchange(query["code"], attempt["verifier"])
        actor = await self._actor_of(granted, attempt["nonce"])
        return attempt["next"], self._seal_session(actor)

    async def _actor_of(self, granted: Mapping[str, Any], nonce: str) -> Actor:
        access, identity = granted.get("access_token"), granted.get("id_token")
        if not isinstance(access, str) or not isinstance(identity, str):
            raise SignInFailed("the issuer gave no token")
        claims = await self._tokens.claims(identity, self._client_id)
        actor = await self._tokens.actor(access)
        if claims.get("nonce") != nonce or claims["sub"] != actor.subject:
            raise SignInFailed("the tokens are not for this attempt", field="nonce")
        return actor

    async def _exchange(self, code: str, verifier: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "client_id": self._client_id,
            "code_verifier": verifier,
        }
        if self._client_secret is not None:
            form["client_secret"] = self._client_secret
        endpoint = str((await self._discovered())["token_endpoint"])
        return await self._ask("POST", endpoint, form)

    async def _discovered(self) -> Mapping[str, Any]:
        if self._endpoints is None:
            url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
            found = await self._ask("GET", url)
            if found.get("issuer") != self._issuer:
                raise SignInFailed("the issuer names itself differently")
            self._endpoints = found
        return self._endpoints

    async def _ask(
        self, method: str, url: str, form: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        try:
            answer = await self._client.request(method, url, data=form)
            content = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise IssuerUnreachable("the issuer does not answer") from error
        if answer.status_code != 200 or not isinstance(content, dict):
            raise SignInFailed("the issuer refused")
        return content

    def _seal_session(self, actor: Actor) -> str:
        held = {
            "sub": actor.subject,
            "roles": sorted(actor.roles),
            "force": actor.force_id,
            "csrf": secrets.token_urlsafe(32),
        }
        cookie = self._sealer.seal("session", held, SESSION_SECONDS)
        if len(cookie) > MAX_SEALED:
            raise SignInFailed("these are more roles than a session can hold")
        return cookie


def own_path(wanted: str) -> str:
    """The path if it stays on this site, else "/": nobody is sent elsewhere by a link to us."""
    here = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    plain = all(" " < letter < "\x7f" and letter != "\\" for letter in wanted)
    return wanted if here and plain and len(wanted) <= 1_000 else "/"


async def _form_token(request: Request) -> str:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return ""
    form = dict(parse_qsl((await request.body()).decode("latin-1")))
    return form.get(CSRF_FIELD, "")
