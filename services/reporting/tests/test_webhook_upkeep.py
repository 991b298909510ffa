"""What is done for webhooks beside delivering: secrets, the log, metrics, silence."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import REGISTRY

from chassis.testing.receiving import receiver, status
from chassis.testing.waiting import eventually
from reporting.feeds.bell import BELL
from reporting.settings import webhook_settings
from reporting.webhooks import secrets, worker
from reporting.webhooks.log import forget_delivered
from reporting.webhooks.secrets import reseal

from .delivering import delivering, webhook, who
from .feeding import FeedWorld
from .given import Person
from .test_webhook_delivery import all_delivered

FORMER, PRESENT = "the secret of last year, 32 bytes", "the secret of this year, 32 bytes"


def forget_settings() -> None:
    webhook_settings.cache_clear()
    secrets._sealers.cache_clear()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()
    forget_settings()


async def secret_of(world: FeedWorld, made: dict[str, Any]) -> str:
    answer = await world.client.get(f"/webhooks/{made['id']}/secret", headers=who(world))
    found: str = answer.json()["secret"]
    return found


async def test_secrets_are_sealed_anew_so_that_the_former_one_can_go(
    feeds: FeedWorld, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("WEBHOOK_SECRET", FORMER)
    forget_settings()
    made = await webhook(feeds, "https://kent.police.example/", hmac=True)
    without = await webhook(feeds, "https://kent.police.example/")
    shared = await secret_of(feeds, made)
    await feeds.client.post(f"/webhooks/{made['id']}/rotate", json={}, headers=who(feeds))
    rotated = await secret_of(feeds, made)
    environment.setenv("WEBHOOK_SECRET", PRESENT)
    environment.setenv("WEBHOOK_FORMER_SECRET", FORMER)
    forget_settings()
    async with feeds.system.connection() as connection:
        await reseal(connection)
    environment.delenv("WEBHOOK_FORMER_SECRET")
    forget_settings()
    assert await secret_of(feeds, made) == rotated != shared
    (kept,) = await feeds.rows("SELECT id, former_secret FROM webhook_endpoints WHERE secret <> ''")
    secrets.opened(kept.id, kept.former_secret)
    assert without["hmac"] is False


async def test_a_secret_that_nobody_can_open_stops_its_webhook_alone(
    feeds: FeedWorld, environment: pytest.MonkeyPatch
) -> None:
    async with receiver() as lost, receiver() as good:
        environment.setenv("WEBHOOK_SECRET", FORMER)
        forget_settings()
        await webhook(feeds, lost.url, hmac=True)
        environment.setenv("WEBHOOK_SECRET", PRESENT)
        forget_settings()
        await webhook(feeds, good.url, hmac=True)
        async with delivering(feeds):
            await feeds.given(Person("kent").registered())
            await all_delivered(feeds, 1)
        assert (len(lost.got), len(good.got)) == (0, 1)


async def test_a_secret_that_nobody_can_open_keeps_no_other_from_being_sealed_anew(
    feeds: FeedWorld, environment: pytest.MonkeyPatch
) -> None:
    made = {}
    for sealed_with in ("one that is lost, of 32 bytes at least", FORMER):
        environment.setenv("WEBHOOK_SECRET", sealed_with)
        forget_settings()
        made = await webhook(feeds, "https://kent.police.example/", hmac=True)
    shared = await secret_of(feeds, made)
    environment.setenv("WEBHOOK_SECRET", PRESENT)
    environment.setenv("WEBHOOK_FORMER_SECRET", FORMER)
    forget_settings()
    async with feeds.system.connection() as connection:
        await reseal(connection)
    environment.delenv("WEBHOOK_FORMER_SECRET")
    forget_settings()
    assert await secret_of(feeds, made) == shared


async def test_what_is_done_leaves_the_log_after_a_month_and_what_waits_does_not(
    feeds: FeedWorld,
) -> None:
    async with receiver() as there, delivering(feeds):
        await webhook(feeds, there.url)
        await feeds.given(*(Person("kent").registered() for _ in range(3)))
        await all_delivered(feeds, 3)
    month = "now() - interval '31 days'"
    await feeds.run(f"UPDATE webhook_deliveries SET last_at = {month} WHERE position < 3")
    await feeds.run("UPDATE webhook_deliveries SET state = 'waiting' WHERE position = 1")
    async with feeds.system.connection() as connection:
        await forget_delivered(connection)
    left = await feeds.rows("SELECT position FROM webhook_deliveries ORDER BY position")
    assert [row.position for row in left] == [1, 3]


def number(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_the_metrics_say_who_waits_and_who_is_disabled(
    feeds: FeedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_MEASURE_SECONDS", 0.0)
    refused = {"force": "kent", "outcome": "rejected"}
    before = number("npp_webhook_attempts_total", **refused)
    async with receiver(status(500)) as there, receiver(status(410)) as gone, delivering(feeds):
        await webhook(feeds, there.url, "kent")
        await webhook(feeds, gone.url, "essex")
        await feeds.given(Person("kent").registered(), Person("essex").registered())

        async def measured() -> bool:
            return (
                number("npp_webhook_waiting", force="kent") == 1
                and number("npp_webhook_disabled", force="essex") == 1
            )

        await eventually(measured)
        assert number("npp_webhook_waiting", force="essex") == 0
        assert number("npp_webhook_disabled", force="kent") == 0
    assert number("npp_webhook_attempts_total", **refused) > before


async def test_no_body_and_no_secret_is_logged_however_much_is(
    feeds: FeedWorld, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with receiver(status(500, body="whom we know")) as there, delivering(feeds):
        made = await webhook(feeds, there.url, hmac=True)
        await feeds.given(Person("kent").registered())
        await there.has(1)
        secret = await secret_of(feeds, made)
    said = caplog.text + "".join(capfd.readouterr())
    assert "send_request_body" in said, "nothing was logged, so nothing is shown"
    for hidden in (there.got[0].document["subject"], "whom we know", secret):
        assert hidden not in said


_LAST_ASKED = """
SELECT query_start FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE '%FROM webhook_endpoints AS e%'
  AND pid <> pg_backend_pid() ORDER BY query_start DESC LIMIT 1
"""


async def test_events_of_a_force_without_an_address_wake_nobody(feeds: FeedWorld) -> None:
    async def asked() -> bool:
        return await feeds.value(_LAST_ASKED) is not None

    async with receiver() as there, delivering(feeds):
        await eventually(asked)
        seen = set()
        for _ in range(20):
            BELL.ring({"essex": 1})
            seen.add(await feeds.value(_LAST_ASKED))
        # Twenty rings, and it has asked on its own at most.
        assert len(seen) < 5
        await webhook(feeds, there.url)
        await feeds.given(Person("kent").registered())
        await all_delivered(feeds, 1)
