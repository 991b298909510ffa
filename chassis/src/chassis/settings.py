"""Everything the environment decides about a service; each field is an environment variable."""

from enum import StrEnum
from typing import Self

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    """Where the service runs; it changes logs and cookies, never a rule."""

    PRODUCTION = "production"
    LOCAL = "local"
    TEST = "test"


class Settings(BaseSettings):
    """Settings of one service, read once at start-up."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    environment: Environment = Environment.PRODUCTION
    log_level: str = "INFO"

    database_url: str = Field(repr=False)
    kafka_bootstrap_servers: str = "127.0.0.1:9092"

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8000, ge=0, le=65535)

    # Metrics need no token: bound apart, where only the platform's own can reach it, or nowhere.
    management_host: str = "127.0.0.1"
    management_port: int | None = Field(default=None, ge=0, le=65535)

    oidc_issuer: str
    oidc_jwks_url: str
    oidc_audience: str = "npp"
    oidc_roles_claim: str = "roles"
    oidc_force_claim: str = "force_id"

    # Sign-in for pages; a service without pages leaves them unset.
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    public_url: str | None = None
    session_secret: SecretStr | None = None

    otel_exporter_otlp_endpoint: str | None = None

    # Failpoints (chassis.faults), in the test profile alone.
    npp_fault: str | None = None

    @classmethod
    def from_environment(cls) -> Self:
        """Read the environment; raises pydantic's ValidationError naming what is missing."""
        return cls.model_validate({})

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, url: str) -> str:
        if not url.startswith(("postgresql://", "postgresql+asyncpg://")):
            raise ValueError("must start with postgresql:// or postgresql+asyncpg://")
        return url

    @field_validator("log_level")
    @classmethod
    def _is_level(cls, level: str) -> str:
        if level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
            raise ValueError("must be DEBUG, INFO, WARNING, ERROR or CRITICAL")
        return level.upper()

    @property
    def driver_dsn(self) -> str:
        """The database's address as asyncpg reads it."""
        return "postgresql://" + self.database_url.split("://", 1)[1]
