"""The issuer's public keys: fetched by URL, cached, kept when the issuer is away."""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from chassis.errors import Unavailable

REFRESH_SECONDS: Final = 300.0
# An unknown key id makes us look again, but a stream of forged ones must not make us a hammer.
RETRY_SECONDS: Final = 10.0

log = structlog.get_logger(__name__)


class IssuerUnreachable(Unavailable):
    """No key of the issuer is known and it does not answer."""


class IssuerKeys:
    """The signing keys of one issuer, by key id."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client
        self._keys: dict[str, Key] = {}
        self._tried = self._fetched = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, kid: str | None) -> Key | None:
        """The key of that id (or the only one, without id); None when the issuer has none such.

        Raises IssuerUnreachable when no key at all is known.
        """
        if self._due(REFRESH_SECONDS, self._fetched):
            await self._refresh()
        if (key := self._known(kid)) is None:
            await self._refresh()
            key = self._known(kid)
        if key is None and not self._keys:
            raise IssuerUnreachable("the issuer of tokens does not answer")
        return key

    def _known(self, kid: str | None) -> Key | None:
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    def _due(self, seconds: float, since: float) -> bool:
        return time.monotonic() - since >= seconds

    async def _refresh(self) -> None:
        async with self._lock:
            if not self._due(RETRY_SECONDS, self._tried):
                return
            self._tried = time.monotonic()
            try:
                answer = await self._client.get(self._url)
                answer.raise_for_status()
                found = _signing_keys(answer.json())
            except (httpx.HTTPError, ValueError) as error:
                log.warning("issuer-keys-not-refreshed", url=self._url, error=repr(error))
                return
            self._keys = found
            self._fetched = self._tried


def _signing_keys(document: object) -> dict[str, Key]:
    if not isinstance(document, Mapping) or not isinstance(document.get("keys"), list):
        raise ValueError("not a JSON Web Key Set")
    found: dict[str, Key] = {}
    for entry in document["keys"]:
        key = _signing_key(entry)
        if key is not None and key.kid:
            found[key.kid] = key
    if not found:
        raise ValueError("no usable signing key in the set")
    return found


def _signing_key(entry: object) -> Key | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key(entry)
        key.ensure_kid()
    except (JoseError, ValueError, TypeError):
        return None  # one key of a kind that we cannot read must not hide the others
    # Never a symmetric key: a set that is public cannot hold a secret.
    return key if isinstance(key, RSAKey | ECKey | OKPKey) else None
