"""Webhooks of forces whose addresses are on loopback, and those who deliver to them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from reporting.settings import WebhookSettings
from reporting.webhooks.sender import Sender
from reporting.webhooks.worker import deliver

from .feeding import FeedWorld


def settings(**others: Any) -> WebhookSettings:
    """Short of patience, and on good terms with loopback."""
    usual: dict[str, Any] = {
        "secret": "s" * 32,
        "attempt_seconds": 0.5,
        "allowed_networks": ("127.0.0.0/8",),
    }
    usual |= {"allow_http": True}
    return WebhookSettings.model_validate(usual | others)


@asynccontextmanager
async def delivering(world: FeedWorld, workers: int = 1) -> AsyncIterator[None]:
    """With so many processes' workers, each with a session and locks of its own."""
    sending = [deliver(world.system, sender=Sender(settings())) for _ in range(workers)]
    tasks = [asyncio.create_task(each) for each in sending]
    try:
        yield
        for each in tasks:
            if each.done():
                each.result()
    finally:
        for each in tasks:
            each.cancel()
        async with asyncio.timeout(10):
            await asyncio.gather(*tasks, return_exceptions=True)


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
