"""What is said to a webhook's routes, and how it is shown; an unknown field is refused."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from reporting.api.feeds.asking import TypeUnknown
from reporting.feeds.routing import TYPES
from reporting.settings import webhook_settings
from reporting.webhooks.addresses import checked_url
from reporting.webhooks.signing import Signing

MOST_OVERLAP_HOURS: Final = 14 * 24

Url = Annotated[str, Field(min_length=1, max_length=2_000)]
Types = Annotated[tuple[str, ...], Field(min_length=1, max_length=100)]
Note = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class WebhookBody(Body):
    url: Url
    types: Types | None = None
    """Only these types of event; left out: all."""
    note: Note = ""
    """For yourselves: what it is for, whom to ask. No personal data."""
    hmac: bool = False
    """Sign with a shared secret (v1) beside our key (v1a)."""


class ChangeBody(Body):
    url: Url | None = None
    types: Types | None = None
    """null: all types."""
    note: Note | None = None

    def changed(self) -> dict[str, Any]:
        """What the caller has named, checked."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        if said.get("url") is not None:
            said["url"] = url_of(said["url"])
        if "types" in said:
            said["types"] = types_of(said["types"])
        return {n: each for n, each in said.items() if each is not None or n == "types"}


class RotateBody(Body):
    overlap_hours: Annotated[int, Field(ge=0, le=MOST_OVERLAP_HOURS)] = 24
    """How long the secret before goes on signing beside the new one."""

    @property
    def overlap(self) -> timedelta:
        return timedelta(hours=self.overlap_hours)


class ReplayBody(Body):
    since: AwareDatetime
    until: AwareDatetime
    """Excluded. Both are of the time at which events were placed in the feed, and are taken to the
    full hours (UTC) around them."""


def url_of(url: str) -> str:
    """Raises UrlRefused."""
    settings = webhook_settings()
    return checked_url(url, settings.allowed_networks, http=settings.allow_http)


def types_of(types: Sequence[str] | None) -> list[str] | None:
    """Raises TypeUnknown."""
    if types is None:
        return None
    if not TYPES.issuperset(types):
        raise TypeUnknown(field="types", rule="known-type", known=sorted(TYPES))
    return sorted(set(types))


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A webhook as its force sees it; no secret is in it."""
    keys = Signing(webhook_settings().secrets).public_keys(row["id"])
    links = {"public_keys": keys, "jwks": f"/webhooks/{row['id']}/jwks.json"}
    return row | links
