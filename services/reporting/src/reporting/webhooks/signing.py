"""Standard Webhooks: what is signed, with which keys, and how a receiver learns of them."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PUBLIC_PREFIX: Final = "whpk_"
SECRET_PREFIX: Final = "whsec_"  # noqa: S105  what one begins with
_DERIVED: Final = b"npp webhooks 1\n"


@dataclass(frozen=True, slots=True)
class Signer:
    """The Ed25519 key of one endpoint under one of our secrets."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes_raw()

    @property
    def jwk(self) -> dict[str, str]:
        """RFC 8037, named by its thumbprint (RFC 7638)."""
        members = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(self.public)}
        thumbprint = hashlib.sha256(msgspec.json.encode(members)).digest()
        return members | {"use": "sig", "alg": "EdDSA", "kid": _base64url(thumbprint)}


class Signing:
    """Signs for all endpoints; each has keys of its own, worked out of our secrets.

    With one key for all, a force could send another what it was itself sent, and be believed.
    secrets: the present one first; all of them sign, so that one can follow another.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._secrets = tuple(secrets)
        self.signers = lru_cache(maxsize=1_000)(self._signers)

    def _signers(self, endpoint_id: UUID) -> tuple[Signer, ...]:
        seeds = [hmac.digest(s, _DERIVED + endpoint_id.bytes, "sha256") for s in self._secrets]
        return tuple(Signer(Ed25519PrivateKey.from_private_bytes(seed)) for seed in seeds)

    def public_keys(self, endpoint_id: UUID) -> list[str]:
        """As Standard Webhooks writes them, the present one first."""
        return [PUBLIC_PREFIX + _base64(each.public) for each in self.signers(endpoint_id)]

    def jwks(self, endpoint_id: UUID) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set."""
        return {"keys": [each.jwk for each in self.signers(endpoint_id)]}

    def headers(
        self, endpoint_id: UUID, event_id: str, at: int, body: bytes, secrets: Sequence[bytes]
    ) -> dict[str, str]:
        """The three headers; at: seconds since 1970; secrets: those shared with the receiver."""
        content = f"{event_id}.{at}.".encode() + body
        shared = [hmac.digest(each, content, "sha256") for each in secrets]
        signed = [each.private.sign(content) for each in self.signers(endpoint_id)]
        signatures = [f"v1a,{_base64(each)}" for each in signed]
        signatures += [f"v1,{_base64(each)}" for each in shared]
        return {
            "webhook-id": event_id,
            "webhook-timestamp": str(at),
            "webhook-signature": " ".join(signatures),
        }


def written(secret: bytes) -> str:
    """A shared secret as its receiver is shown it."""
    return SECRET_PREFIX + _base64(secret)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
