"""What the environment decides about reporting beyond what it decides about every service."""

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class FeedSettings(BaseSettings):
    """How long the events of a force's feed can be read."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="FEED_")

    keep_days: int | None = Field(default=None, ge=1)
    """Whole days after the one on which an event was placed; unset means for ever."""


@cache
def feed_settings() -> FeedSettings:
    """The settings of this process, read once."""
    return FeedSettings()
