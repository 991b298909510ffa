"""What the environment decides about portfolio beyond what it decides about every service."""

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SamplingSettings(BaseSettings):
    """Which share of assessments internal quality assurance looks at, and how it is drawn.

    The defaults are invented: no share is published.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="PORTFOLIO_SAMPLING_")

    percent: float = Field(default=10.0, ge=0, le=100)
    seed: str = Field(default="npp-quality-assurance-1", min_length=1, max_length=100)


@cache
def sampling() -> SamplingSettings:
    """The settings of this process, read once."""
    return SamplingSettings()
