"""Links to a day's files: whoever holds one may have that file, until it expires."""

import base64
import hmac
from collections.abc import Sequence
from datetime import date
from typing import Final
from urllib.parse import urlencode

from chassis import clock
from chassis.errors import Forbidden, Refusal

HOUR: Final = 3_600
# Of its own, so that nothing that is signed elsewhere with the same secret is a link.
_DERIVED: Final = b"npp files 1\n"


class LinkInvalid(Forbidden):
    title = "This link is not one of ours: ask for the day's datapackage.json again"


class LinkExpired(Refusal):
    status = 410
    title = "This link has expired: ask for the day's datapackage.json again"


class Links:
    """Makes links and checks them. secrets: the present one first; links by all of them hold."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._keys = [hmac.digest(each, _DERIVED, "sha256") for each in secrets]

    def link(self, feed: str, day: date, name: str) -> str:
        """Relative to the day's descriptor; holds for one to two hours.

        It ends at a full hour, so that a descriptor stays the same for as long as its links are
        young, and who has it need not be sent it again.
        """
        expires = (int(clock.seconds()) // HOUR + 2) * HOUR
        signature = _signature(self._keys[0], feed, day, name, expires)
        return f"{name}?{urlencode({'expires': expires, 'signature': signature})}"

    def check(self, feed: str, day: date, name: str, expires: int, signature: str) -> None:
        """Raises LinkInvalid, or LinkExpired of a link that was one."""
        given = signature.encode()
        wanted = [_signature(key, feed, day, name, expires).encode() for key in self._keys]
        fits = [hmac.compare_digest(each, given) for each in wanted]
        if not any(fits):
            raise LinkInvalid
        if expires <= clock.seconds():
            raise LinkExpired


def _signature(key: bytes, feed: str, day: date, name: str, expires: int) -> str:
    content = f"{feed}\n{day}\n{name}\n{expires}".encode()
    return base64.urlsafe_b64encode(hmac.digest(key, content, "sha256")).rstrip(b"=").decode()
