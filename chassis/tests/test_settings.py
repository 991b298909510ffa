"""Settings are read from the environment and refuse what cannot work."""

import pytest
from pydantic import ValidationError

from chassis.settings import Settings

NEEDED = {
    "DATABASE_URL": "postgresql://u:secret@127.0.0.1/x",
    "OIDC_ISSUER": "http://127.0.0.1:1/",
    "OIDC_JWKS_URL": "http://127.0.0.1:1/jwks",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+asyncpg"])
def test_settings_give_the_database_address_as_the_driver_reads_it(
    environment: pytest.MonkeyPatch, scheme: str
) -> None:
    environment.setenv("DATABASE_URL", f"{scheme}://u:secret@127.0.0.1/x")
    assert Settings.from_environment().driver_dsn == "postgresql://u:secret@127.0.0.1/x"


def test_settings_do_not_print_the_password(environment: pytest.MonkeyPatch) -> None:
    assert "secret@" not in repr(Settings.from_environment())


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "sqlite://"), ("LOG_LEVEL", "loud"), ("HTTP_PORT", "99999")],
)
def test_settings_refuse_what_cannot_work(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings.from_environment()
