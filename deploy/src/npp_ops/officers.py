"""A data protection officer's questions to all services: every one answers, or none is believed."""

from collections.abc import Mapping
from typing import Any, Final

import httpx

from npp_ops.issuer.identities import NATIONAL
from npp_ops.operating import Unreachable
from npp_ops.stack import Stack, services

OWNER: Final = "enrolment"
FORCES: Final = "reporting"
"""Who owns people, and who hears what forces have done themselves."""
_SECONDS: Final = 120


class Declined(Exception):
    """A service refused, and said why."""


class Officer:
    """Somebody of a force, or national without one, who asks over HTTP as anybody would."""

    def __init__(self, stack: Stack, name: str, force_id: str | None) -> None:
        role = "national-dpo" if force_id is None else "force-dpo"
        token = stack.minter.access_token(name, [role], force_id or NATIONAL)
        self._stack = stack
        self._client = httpx.Client(
            trust_env=False, timeout=_SECONDS, headers={"Authorization": f"Bearer {token}"}
        )

    def get(self, service: str, path: str, **query: str) -> Any:
        return self._send("GET", service, path, params=query)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """To the service that owns people."""
        return self._send("POST", OWNER, path, json=body)

    def everywhere(self, path: str, **query: str) -> dict[str, Any]:
        """The answers of all services; raises Unreachable or Declined if one has none."""
        return {name: self.get(name, path, **query) for name in services()}

    def _send(self, method: str, service: str, path: str, **content: Any) -> Any:
        try:
            answer = self._client.request(method, self._stack.url(service) + path, **content)
        except httpx.TransportError as away:
            raise Unreachable(f"{service}: {type(away).__name__}") from away
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Unreachable(f"{service}: answered {answer.status_code}")
        if answer.is_error:
            said = answer.json()
            field = f" ({said['field']})" if said.get("field") else ""
            raise Declined(f"{service}: {said['code']}{field}: {said['title']}")
        return answer.json()
