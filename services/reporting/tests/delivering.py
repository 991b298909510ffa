"""Webhooks of forces whose addresses are on loopback, and those who deliver to them."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from reporting.settings import WebhookSettings
from reporting.webhooks.sender import Sender
from reporting.webhooks.worker import deliver

from .feeding import FeedWorld
from .working import working


def settings(**others: Any) -> WebhookSettings:
    """Short of patience, and on good terms with loopback."""
    usual: dict[str, Any] = {
        "secret": "s" * 32,
        "attempt_seconds": 0.5,
        "allowed_networks": ("127.0.0.0/8",),
    }
    usual |= {"allow_http": True}
    return WebhookSettings.model_validate(usual | others)


def delivering(world: FeedWorld, workers: int = 1) -> AbstractAsyncContextManager[None]:
    """With so many processes' workers, each with a session and locks of its own."""
    return working(lambda: deliver(world.system, sender=Sender(settings())), workers)


async def webhook(
    world: FeedWorld, url: str, force_id: str = "kent", **body: Any
) -> dict[str, Any]:
    """One that was made over HTTP."""
    answer = await world.client.post(
        "/webhooks", json={"url": url} | body, headers=who(world, force_id)
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def who(world: FeedWorld, force_id: str = "kent", *roles: str) -> dict[str, str]:
    return world.issuer.bearer(roles=list(roles) or ["force-system"], force_id=force_id)
