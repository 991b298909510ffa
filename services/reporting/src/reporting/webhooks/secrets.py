"""Secrets shared with a receiver: made by us, sealed where they are kept."""

import base64
import secrets
from functools import cache
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.sealed import Sealer
from reporting.settings import webhook_settings

log = structlog.get_logger(__name__)

_BYTES: Final = 32
_KEPT: Final = text("""
SELECT id, secret, former_secret FROM webhook_endpoints WHERE secret IS NOT NULL FOR UPDATE
""")
_RESEAL: Final = text("""
UPDATE webhook_endpoints SET secret = :secret, former_secret = :former WHERE id = :id
""")


class SecretLost(Exception):
    """A kept secret was sealed with a secret of ours that is no longer set."""


def made() -> bytes:
    return secrets.token_bytes(_BYTES)


def sealed(endpoint_id: UUID, secret: bytes) -> str:
    """For this endpoint's row alone: in another's it cannot be opened."""
    held = {"secret": base64.b64encode(secret).decode()}
    return _sealers()[0].seal(_use(endpoint_id), held, None)


def opened(endpoint_id: UUID, kept: str) -> bytes:
    """What was sealed, with the present secret or the one before; raises SecretLost."""
    for sealer in _sealers():
        if (held := sealer.open(_use(endpoint_id), kept)) is not None:
            return base64.b64decode(held["secret"])
    raise SecretLost(f"WEBHOOK_FORMER_SECRET is needed for webhook {endpoint_id}")


async def reseal(connection: AsyncConnection) -> None:
    """The hourly chore: seal with the present secret, so that the one before can be unset."""
    if len(_sealers()) == 1:
        return
    for row in (await connection.execute(_KEPT)).all():
        both = row.secret, row.former_secret
        try:
            kept = [each and sealed(row.id, opened(row.id, each)) for each in both]
        except SecretLost as lost:
            log.warning("webhook-secret-lost", why=str(lost))
            continue
        await connection.execute(_RESEAL, {"id": row.id, "secret": kept[0], "former": kept[1]})


@cache
def _sealers() -> tuple[Sealer, ...]:
    return tuple(Sealer(f"npp webhooks 1 seal\n{s.decode()}") for s in webhook_settings().secrets)


def _use(endpoint_id: UUID) -> str:
    return f"webhook {endpoint_id}"
