"""Small secrets that others keep for us, a browser or a table: encrypted, for one use only."""

import hashlib
import math
from collections.abc import Mapping
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey

from chassis import clock

# Browsers keep 4,096 bytes of a cookie with its name and attributes.
MAX_SEALED: Final = 3_800
_JWE: Final = JWERegistry(algorithms=["dir", "A256GCM"])


class Sealer:
    """Seals and opens with a key made of one secret of at least 32 characters."""

    def __init__(self, secret: str) -> None:
        if len(secret) < 32:
            raise ValueError("SESSION_SECRET needs at least 32 characters")
        self._key = OctKey.import_key(hashlib.sha256(secret.encode()).digest())

    def seal(self, use: str, held: Mapping[str, Any], seconds: int | None) -> str:
        """What is held, unreadable and unchangeable, for one use and so many seconds, or for ever.

        For ever is for what we keep ourselves and can take back, never for a browser.
        """
        content = {**held, "use": use}
        if seconds is not None:
            content["exp"] = int(clock.seconds()) + seconds
        header = {"alg": "dir", "enc": "A256GCM"}
        return jwt.encode(header, content, self._key, registry=_JWE)

    def open(self, use: str, sealed: str | None) -> dict[str, Any] | None:
        """What was sealed for this use; None when it is not ours, for another use, or too old."""
        if not sealed or len(sealed) > MAX_SEALED:
            return None
        try:
            held = jwt.decode(sealed, self._key, registry=_JWE).claims
        except (JoseError, ValueError):
            return None
        if held["use"] != use or held.get("exp", math.inf) <= clock.seconds():
            return None
        return held
