"""Pseudonyms: what each force knows people as, so that no two forces can join their files."""

import hmac
import re
from functools import cache
from typing import Final, Self
from uuid import UUID

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

MIN_BYTES: Final = 32
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class _Settings(BaseSettings):
    # A secret that is too short is one all the same.
    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    # One for all services that make pseudonyms: another secret is another name for everybody.
    pseudonym_secret: SecretStr = Field(min_length=MIN_BYTES)


class Pseudonyms:
    """Makes the pseudonyms of all forces from one secret; nothing is stored.

    A pseudonym is a UUID of version 8 (RFC 9562): HMAC-SHA256 of the id under the force's key.
    Who lacks the secret can neither go back to the id nor on to another force's pseudonym.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < MIN_BYTES:
            raise ValueError(f"PSEUDONYM_SECRET needs at least {MIN_BYTES} bytes")
        self._secret = secret
        self._keys: dict[tuple[str, str], bytes] = {}

    @classmethod
    def from_environment(cls) -> Self:
        """By PSEUDONYM_SECRET; raises pydantic's ValidationError when it is missing or short."""
        secret = _Settings.model_validate({}).pseudonym_secret
        return cls(secret.get_secret_value().encode())

    def of(self, force_id: str, identity: UUID | str) -> UUID:
        """What this force knows the holder of an id as.

        A UUID that is written out means the same person as the UUID.
        """
        return UUID(self.written(force_id, str(identity)))

    def written(self, force_id: str, identity: str) -> str:
        """The same from text to text, at a third of the cost."""
        return _uuid8(hmac.digest(self._key("person", force_id), _bytes(identity), "sha256"))

    def derived(self, force_id: str, event_id: UUID) -> UUID:
        """The id of what this force alone is told in place of an event."""
        return UUID(_uuid8(hmac.digest(self._key("event", force_id), event_id.bytes, "sha256")))

    def fingerprint(self, force_id: str) -> str:
        """Tells whether two pseudonyms of a force are of the same secret, and nothing about it."""
        return self._key("fingerprint", force_id).hex()[:16]

    def _key(self, use: str, force_id: str) -> bytes:
        key = self._keys.get((use, force_id))
        if key is None:
            about = f"npp pseudonyms 1\n{use}\n{force_id}".encode()
            key = self._keys[use, force_id] = hmac.digest(self._secret, about, "sha256")
        return key


@cache
def pseudonyms() -> Pseudonyms:
    """Those of this process; the secret is read once."""
    return Pseudonyms.from_environment()


def _bytes(identity: str) -> bytes:
    if _UUID.fullmatch(identity):
        return bytes.fromhex(identity.replace("-", ""))
    return identity.encode()


def _uuid8(digest: bytes) -> str:
    text = digest[:16].hex()
    variant = "89ab"[digest[8] >> 4 & 0b11]
    return f"{text[:8]}-{text[8:12]}-8{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"
