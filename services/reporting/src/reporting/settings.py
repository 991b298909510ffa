"""What the environment decides about reporting beyond what it decides about every service."""

from functools import cache
from ipaddress import IPv4Network, IPv6Network

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class FeedSettings(BaseSettings):
    """How long the events of a force's feed can be read."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="FEED_")

    keep_days: int | None = Field(default=None, ge=1)
    """Whole days after the one on which an event was placed; unset means for ever."""


class SandboxSettings(BaseSettings):
    """How lively the sandbox is."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="SANDBOX_")

    per_minute: float = Field(default=0.0, ge=0, le=6_000)
    """Invented events; 0 means none."""


class WebhookSettings(BaseSettings):
    """With what webhooks are signed and sealed, and where they may go."""

    # A secret that is too short is one all the same.
    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_prefix="WEBHOOK_", hide_input_in_errors=True
    )

    secret: SecretStr = Field(min_length=32)
    former_secret: SecretStr | None = Field(default=None, min_length=32)
    """The one before: signs beside the other until it is unset."""
    allow_http: bool = False
    allowed_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Where an address may lie besides the public internet, as a JSON list of networks."""
    attempt_seconds: float = Field(default=15.0, gt=0, le=60)
    """For the whole of one attempt, looking up the address and reading the answer included."""

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """The present one first."""
        both = (self.secret, self.former_secret)
        return tuple(each.get_secret_value().encode() for each in both if each is not None)


@cache
def feed_settings() -> FeedSettings:
    """The settings of this process, read once."""
    return FeedSettings()


@cache
def sandbox_settings() -> SandboxSettings:
    """The settings of this process, read once."""
    return SandboxSettings()


@cache
def webhook_settings() -> WebhookSettings:
    """The settings of this process, read once."""
    return WebhookSettings.model_validate({})
