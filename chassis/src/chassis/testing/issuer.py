"""A tiny OIDC issuer for tests: real keys, real tokens, keys served by a real ASGI app."""

import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, OctKey, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ISSUER = "https://issuer.test"
AUDIENCE = "npp"


@dataclass
class Issuer:
    """Mints access tokens and serves its keys; `up` and `asked` let a test take it away."""

    keys: list[Key] = field(default_factory=lambda: [ec_key("one")])
    up: bool = True
    asked: int = 0

    def token(self, key: Key | None = None, alg: str = "ES256", **claims: Any) -> str:
        key = key or self.keys[0]
        now = int(time.time())
        body = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "person-1",
            "iat": now,
            "exp": now + 600,
            "roles": ["force-admin"],
            "force_id": "derbyshire",
        }
        body = {name: value for name, value in (body | claims).items() if value is not None}
        header = {"alg": alg} | ({"kid": key.kid} if key.kid else {})
        return jwt.encode(header, body, key, algorithms=[alg])

    def bearer(self, **claims: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(**claims)}"}

    async def jwks(self, request: Request) -> Response:
        self.asked += 1
        if not self.up:
            return Response(status_code=503)
        public: list[Key] = [key for key in self.keys if not isinstance(key, OctKey)]
        return JSONResponse(KeySet(public).as_dict(private=False))

    def client(self) -> httpx.AsyncClient:
        app = Starlette(routes=[Route("/jwks", self.jwks)])
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER)


def ec_key(kid: str) -> Key:
    return ECKey.generate_key("P-256", {"kid": kid})


def rsa_key(kid: str) -> Key:
    return RSAKey.generate_key(2048, {"kid": kid})


def ed_key(kid: str) -> Key:
    return OKPKey.generate_key("Ed25519", {"kid": kid})
