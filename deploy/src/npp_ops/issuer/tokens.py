"""Minting: what `npp token`, the simulator and the token endpoint all use."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from joserfc import jwt
from joserfc.jwk import ECKey

from npp_ops.issuer.identities import NATIONAL, NATIONAL_ROLES, ROLES
from npp_ops.issuer.keys import ALGORITHM

AUDIENCE = "npp"
HOUR = 3600


class UnknownRole(ValueError):
    """No role of that name exists."""


class ForceMissing(ValueError):
    """A force's role needs a force."""


@dataclass(frozen=True, slots=True)
class Minter:
    """Signs tokens in the name of one issuer (its URL, without a slash at the end)."""

    key: ECKey
    issuer: str

    def access_token(
        self, subject: str, roles: Iterable[str], force_id: str, *, ttl: int = HOUR
    ) -> str:
        """A bearer token for the services; `ttl` in seconds, negative for one that has expired."""
        claims = {"sub": subject, "roles": sorted(roles), "force_id": force_id}
        return self._sign("at+jwt", {**claims, "aud": AUDIENCE}, ttl)

    def id_token(self, subject: str, client_id: str, nonce: str | None, *, name: str) -> str:
        """Who signed in, for the client that asked; the services refuse it as a bearer token."""
        claims = {"sub": subject, "aud": client_id, "name": name}
        return self._sign("JWT", {**claims, **({"nonce": nonce} if nonce else {})}, HOUR)

    def _sign(self, kind: str, claims: dict[str, object], ttl: int) -> str:
        now = int(time.time())
        header = {"alg": ALGORITHM, "kid": self.key.kid, "typ": kind}
        body = {"iss": self.issuer, "iat": now, "exp": now + ttl, **claims}
        return jwt.encode(header, body, self.key, algorithms=[ALGORITHM])


def force_for(roles: Iterable[str], force: str | None) -> str:
    """The force a token names: the given one, or "national" for national roles alone."""
    asked = set(roles)
    if unknown := asked.difference(ROLES):
        raise UnknownRole(f"{', '.join(sorted(unknown))}: choose from {', '.join(ROLES)}")
    if force is None and not asked <= NATIONAL_ROLES:
        raise ForceMissing(f"{', '.join(sorted(asked - NATIONAL_ROLES))}: for which force?")
    return force or NATIONAL
