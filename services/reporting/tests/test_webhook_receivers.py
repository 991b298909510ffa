"""Six ways in which a receiver fails, on real sockets: none outlasts its time, nothing is lost."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chassis.testing.receiving import Answer, drip, flood, hang, receiver, reset, status
from chassis.testing.waiting import eventually
from reporting.domain.webhooks import Attempt, Outcome
from reporting.webhooks.sender import Sender

from .delivering import delivering, settings, webhook, who
from .feeding import FeedWorld
from .given import Person

WAYS: list[tuple[str, Answer, Outcome, int | None]] = [
    ("500", status(500), Outcome.REJECTED, 500),
    ("hangs", hang, Outcome.TIMEOUT, None),
    ("drips", drip, Outcome.TIMEOUT, None),
    ("redirects", status(302, "Location: http://127.0.0.1:1/"), Outcome.REDIRECTED, 302),
    ("resets", reset, Outcome.BROKEN_OFF, None),
    ("410", status(410), Outcome.GONE, 410),
]
NAMES = [name for name, *_ in WAYS]


async def sent(to: str, **others: Any) -> Attempt:
    async with Sender(settings(**others)) as sender:
        return await sender.send(to, {"webhook-id": "one"}, b'{"a":1}')


@pytest.mark.parametrize(("answer", "outcome", "code"), [w[1:] for w in WAYS], ids=NAMES)
async def test_each_failure_has_its_name_and_its_time(
    answer: Answer, outcome: Outcome, code: int | None
) -> None:
    async with receiver(answer) as failing:
        attempt = await sent(failing.url)
    assert (attempt.outcome, attempt.status) == (outcome, code)
    assert attempt.seconds < 5
    assert len(failing.got) == 1


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
async def test_2xx_is_accepted(code: int) -> None:
    async with receiver(status(code)) as good:
        assert (await sent(good.url)).accepted
    assert good.got[0].headers["content-type"] == "application/cloudevents+json"


@pytest.mark.parametrize("code", [300, 304, 400, 401, 404, 429, 503])
async def test_nothing_else_is(code: int) -> None:
    async with receiver(status(code)) as bad:
        assert not (await sent(bad.url)).accepted


async def test_a_redirect_is_followed_nowhere() -> None:
    async with receiver() as elsewhere:
        for code in (301, 302, 303, 307, 308):
            async with receiver(status(code, f"Location: {elsewhere.url}")) as there:
                assert (await sent(there.url)).outcome is Outcome.REDIRECTED
        assert elsewhere.got == []


async def test_without_tls_nothing_is_sent_once_that_is_no_longer_allowed() -> None:
    async with receiver() as plain:
        assert (await sent(plain.url, allow_http=False)).outcome is Outcome.ADDRESS_REFUSED
    assert plain.got == []


async def test_an_answer_without_end_is_not_read_to_it() -> None:
    async with receiver(flood) as flooding:
        attempt = await sent(flooding.url, attempt_seconds=30)
    assert attempt.outcome is Outcome.ANSWER_TOO_LARGE


async def test_who_does_not_listen_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert (await sent(f"http://127.0.0.1:{port}/")).outcome is Outcome.UNREACHABLE


async def test_how_long_to_wait_is_heard_only_as_a_number() -> None:
    for said, heard in (
        ("7", 7),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0),
        ("-1", 0),
        ("9" * 50, 86_400),
    ):
        async with receiver(status(503, f"Retry-After: {said}")) as busy:
            assert (await sent(busy.url)).retry_after == timedelta(seconds=heard)


async def test_a_connection_is_kept_for_the_next_event() -> None:
    connections: list[asyncio.StreamWriter] = []

    async def note(request: Any, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await status(204)(request, writer)

    async with receiver(note) as good, Sender(settings()) as sender:
        for _ in range(3):
            assert (await sender.send(good.url, {}, b"{}")).accepted
    assert len(set(connections)) == 1


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For 127.0.0.1: what the receiver shows, and what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kent.police.example")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "kent.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    shown = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown.load_cert_chain(folder / "kent.pem")
    return shown, ssl.create_default_context(cafile=str(folder / "kent.pem"))


async def test_tls_is_asked_for_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    shown, trusted = certificate(tmp_path)
    async with receiver(tls=shown) as secure:
        async with Sender(settings(), trusted=trusted) as sender:
            assert (await sender.send(secure.url, {}, b"{}")).accepted
        assert (await sent(secure.url)).outcome is Outcome.TLS_FAILED
    assert len(secure.got) == 1


async def looked_at(world: FeedWorld, webhook_id: str) -> dict[str, Any]:
    answer = await world.client.get(f"/webhooks/{webhook_id}", headers=who(world))
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(("answer", "outcome", "code"), [w[1:] for w in WAYS[:-1]], ids=NAMES[:-1])
async def test_what_failed_is_sent_again_and_the_log_says_why(
    feeds: FeedWorld, answer: Answer, outcome: Outcome, code: int | None
) -> None:
    async with receiver(answer) as there, delivering(feeds):
        made = await webhook(feeds, there.url)
        await feeds.given(Person("kent").registered())
        await _noted(feeds, outcome)
        (failed,) = await _log(feeds, made["id"])
        assert (failed["state"], failed["outcome"], failed["status"]) == ("waiting", outcome, code)
        there.answer = status(204)
        await feeds.run("UPDATE webhook_deliveries SET next_at = now()")
        await feeds.run("UPDATE webhook_endpoints SET due_at = now()")
        await _noted(feeds, Outcome.ACCEPTED)
        (delivered,) = await _log(feeds, made["id"])
        assert (delivered["state"], delivered["attempts"]) == ("delivered", 2)
        assert len({each.id for each in there.got}) == 1


async def test_410_disables_the_webhook_and_loses_nothing(feeds: FeedWorld) -> None:
    async with receiver(status(410)) as there, delivering(feeds):
        made = await webhook(feeds, there.url)
        await feeds.given(Person("kent").registered())
        await _noted(feeds, Outcome.GONE)
        found = await looked_at(feeds, made["id"])
        assert (found["state"], found["reason"], found["waiting"]) == ("disabled", "gone", 1)
        await feeds.given(Person("kent").registered())
        there.answer = status(204)
        path = f"/webhooks/{made['id']}/enable"
        assert (await feeds.client.post(path, headers=who(feeds))).json()["state"] == "active"
        await there.has(3)
        assert there.sequences == [1, 1, 2]


async def _noted(world: FeedWorld, outcome: Outcome) -> None:
    async def noted() -> bool:
        found = await world.rows("SELECT outcome FROM webhook_deliveries")
        return [row.outcome for row in found] == [outcome.value]

    await eventually(noted)


async def _log(world: FeedWorld, webhook_id: str) -> list[dict[str, Any]]:
    answer = await world.client.get(f"/webhooks/{webhook_id}/deliveries", headers=who(world))
    found: list[dict[str, Any]] = answer.json()["items"]
    return found
