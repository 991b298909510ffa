"""Authorization codes: good once, for a minute, for the client that proves it asked."""

import base64
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass, field

from npp_ops.issuer.identities import Identity
from npp_ops.issuer.requests import Asked

LIFETIME_SECONDS = 60
# RFC 7636: 43 to 128 unreserved characters.
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(slots=True)
class Codes:
    """The codes given out and not yet used."""

    _open: dict[str, tuple[float, Asked, Identity]] = field(default_factory=dict)

    def give(self, asked: Asked, identity: Identity) -> str:
        now = time.monotonic()
        self._open = {code: entry for code, entry in self._open.items() if entry[0] > now}
        code = secrets.token_urlsafe(32)
        self._open[code] = (now + LIFETIME_SECONDS, asked, identity)
        return code

    def use(
        self, code: str, *, client_id: str, redirect_uri: str, verifier: str
    ) -> tuple[Asked, Identity] | None:
        """What the code stands for; None, and the code is spent, if anything does not fit."""
        expires, asked, identity = self._open.pop(code, (0.0, None, None))
        if asked is None or identity is None or expires < time.monotonic():
            return None
        same = asked.client.client_id == client_id and asked.redirect_uri == redirect_uri
        return (asked, identity) if same and proves(verifier, asked.challenge) else None


def proves(verifier: str, challenge: str) -> bool:
    """PKCE, method S256."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    return hmac.compare_digest(digest.rstrip(b"=").decode(), challenge)
