"""Bearer tokens: an OIDC access token becomes an Actor, or Unauthenticated."""

import re
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError, SecurityWarning
from joserfc.jwk import Key
from joserfc.jwt import JWTClaimsRegistry

from chassis.auth import SYSTEM, Actor
from chassis.clock import seconds
from chassis.errors import Unauthenticated
from npp_contracts.ids import SANDBOX

ALGORITHMS: Final = ("ES256", "RS256", "EdDSA", "Ed25519")
LEEWAY_SECONDS: Final = 30
# A cached answer outlives neither its token nor this, so that a withdrawn key is felt.
CACHE_SECONDS: Final = 300
CACHE_SIZE: Final = 2_048
MAX_TOKEN_BYTES: Final = 16_384

_FORCE: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_OF_SANDBOX: Final = frozenset({"force-system"})

# Issuers still name Ed25519 by its older name, which joserfc warns about at each token.
warnings.filterwarnings("ignore", message="EdDSA is deprecated", category=SecurityWarning)


class Keys(Protocol):
    """Where a verifier finds the issuer's keys."""

    async def find(self, kid: str | None) -> Key | None: ...


class TokenMissing(Unauthenticated):
    title = "A bearer token is needed"


class TokenExpired(Unauthenticated):
    title = "The token has expired"


class TokenInvalid(Unauthenticated):
    title = "The token is not valid here"


class TokenVerifier:
    """Checks signature, algorithm, issuer, audience and times, and reads the actor's claims."""

    def __init__(
        self,
        keys: Keys,
        *,
        issuer: str,
        audience: str,
        roles_claim: str = "roles",
        force_claim: str = "force_id",
        clock: Callable[[], float] = seconds,
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._roles_claim = roles_claim
        self._force_claim = force_claim
        self._clock = clock
        self._cache: OrderedDict[str, tuple[float, Actor]] = OrderedDict()

    async def actor(self, token: str) -> Actor:
        """Who the token speaks for. Raises Unauthenticated, or IssuerUnreachable."""
        known = self._cache.get(token)
        if known is not None and known[0] > self._clock():
            return known[1]
        claims = await self.claims(token, self._audience)
        actor = self._actor_of(claims)
        self._remember(token, actor, float(claims["exp"]) + LEEWAY_SECONDS)
        return actor

    async def claims(self, token: str, audience: str) -> dict[str, Any]:
        """The verified claims of a token of our issuer for that audience."""
        if len(token) > MAX_TOKEN_BYTES:
            raise TokenInvalid("the token is too long")
        try:
            header = jws.extract_compact(token.encode()).headers()
            if header.get("alg") not in ALGORITHMS:
                raise TokenInvalid("the token's algorithm is not accepted")
            key = await self._keys.find(_key_id(header))
            if key is None:
                raise TokenInvalid("the token is signed with a key that is not the issuer's")
            claims = jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
            self._registry(audience).validate(claims)
        except ExpiredTokenError as error:
            raise TokenExpired("the token has expired") from error
        except (JoseError, ValueError, TypeError) as error:
            raise TokenInvalid(f"the token is refused: {_reason(error)}") from error
        return claims

    def _registry(self, audience: str) -> JWTClaimsRegistry:
        return JWTClaimsRegistry(
            now=lambda: int(self._clock()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    def _actor_of(self, claims: Mapping[str, Any]) -> Actor:
        force = claims.get(self._force_claim)
        # Checked here because it becomes the database's row filter, where "*" means every force.
        if not isinstance(force, str) or len(force) > 64 or not _FORCE.fullmatch(force):
            raise TokenInvalid("the token names no force", field=self._force_claim)
        roles = claims.get(self._roles_claim, [])
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise TokenInvalid("the token's roles are not a list", field=self._roles_claim)
        named = frozenset(roles) - SYSTEM.roles
        # A sandbox has no staff: whatever the issuer says, nothing real is done in its name.
        return Actor(claims["sub"], named & _OF_SANDBOX if force == SANDBOX else named, force)

    def _remember(self, token: str, actor: Actor, expires: float) -> None:
        self._cache[token] = (min(expires, self._clock() + CACHE_SECONDS), actor)
        self._cache.move_to_end(token)
        while len(self._cache) > CACHE_SIZE:
            self._cache.popitem(last=False)


def _key_id(header: Mapping[str, Any]) -> str | None:
    kid = header.get("kid")
    return kid if isinstance(kid, str) else None


def _reason(error: Exception) -> str:
    return error.error if isinstance(error, JoseError) else "not a signed token"
