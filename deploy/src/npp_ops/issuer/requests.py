"""What an application asks when it sends somebody here, checked before anything is shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from npp_ops.issuer.clients import Client

FIELDS = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class WrongClient(Exception):
    """No registered application or return address: nobody may be sent back there."""


class Refused(Exception):
    """A fault that its application is told of, by an error code of OAuth 2.0."""

    def __init__(self, error: str, redirect_uri: str, state: str | None) -> None:
        super().__init__(error)
        self.error = error
        self.redirect_uri = redirect_uri
        self.state = state


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked authorization request."""

    client: Client
    redirect_uri: str
    challenge: str
    state: str | None
    nonce: str | None
    scope: str


def check(query: Mapping[str, str], clients: Mapping[str, Client]) -> Asked:
    """The request, if it is one for us; raises WrongClient or Refused."""
    client = clients.get(query.get("client_id", ""))
    redirect_uri = query.get("redirect_uri", "")
    if client is None or not client.allows(redirect_uri):
        raise WrongClient
    state, scope = query.get("state"), query.get("scope", "")
    challenge = query.get("code_challenge", "")
    if query.get("response_type") != "code":
        raise Refused("unsupported_response_type", redirect_uri, state)
    if "openid" not in scope.split():
        raise Refused("invalid_scope", redirect_uri, state)
    if query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise Refused("invalid_request", redirect_uri, state)
    return Asked(client, redirect_uri, challenge, state, query.get("nonce"), scope)
