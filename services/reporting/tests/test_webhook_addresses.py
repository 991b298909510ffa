"""Where a webhook may go: by number, by name, and by a name that changes its mind."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address, ip_network

import pytest

from chassis.testing.receiving import receiver
from reporting.domain.webhooks import Outcome
from reporting.webhooks.addresses import (
    NameUnknown,
    UrlRefused,
    allowed,
    checked_url,
    look_up,
)
from reporting.webhooks.sender import Sender

from .delivering import settings

NOT_PUBLIC = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.254",
    "192.0.0.1",
    "192.0.0.200",
    "192.88.99.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001:db8::1",
    "2001:0:5ef5:79fd::1",
    "2002:7f00:1::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_of_the_public_internet_is_not_gone_to(address: str) -> None:
    assert not allowed(ip_address(address), ())


@pytest.mark.parametrize("address", ["8.8.8.8", "151.101.0.81", "2606:4700::1111", "2a00:1450::1"])
def test_a_public_address_is(address: str) -> None:
    assert allowed(ip_address(address), ())


def test_a_network_that_is_allowed_besides_opens_nothing_else() -> None:
    networks = [ip_network("10.20.0.0/16"), ip_network("fd00:1::/32")]
    opened = {
        a for a in (*NOT_PUBLIC, "10.20.3.4", "fd00:1::5") if allowed(ip_address(a), networks)
    }
    assert opened == {"10.20.3.4", "fd00:1::5"}


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://kent.police.example/", "https"),
        ("ftp://kent.police.example/", "https"),
        ("file:///etc/passwd", "https"),
        ("kent.police.example", "https"),
        ("//kent.police.example/", "https"),
        ("", "https"),
        ("https:///events", "host"),
        ("https://kent.police.example:0/", "host"),
        ("https://kent.police.example:99999/", "host"),
        ("https://kent.police.example:port/", "url"),
        ("https://[::1/", "url"),
        ("https://kent\x00.police.example/", "url"),
        ("https://kent:password@kent.police.example/", "no-credentials-no-fragment"),
        ("https://kent.police.example/#here", "no-credentials-no-fragment"),
        ("https://127.0.0.1/", "public-address"),
        ("https://[::1]/", "public-address"),
        ("https://[::ffff:10.0.0.1]/", "public-address"),
        ("https://169.254.169.254/latest/meta-data", "public-address"),
    ],
)
def test_a_url_is_refused_by_the_rule_that_it_breaks(url: str, rule: str) -> None:
    with pytest.raises(UrlRefused) as refused:
        checked_url(url, (), http=False)
    assert (refused.value.field, refused.value.facts["rule"]) == ("url", rule)


def test_a_url_is_kept_in_its_normal_form() -> None:
    assert checked_url("HTTPS://Kent.Police.Example/a?b=c", (), http=False) == (
        "https://kent.police.example/a?b=c"
    )
    assert checked_url("http://10.0.0.1:8080/", [ip_network("10.0.0.0/8")], http=True)


class Names:
    """A name server in somebody else's hands: another answer each time."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers.pop(0)


async def test_a_name_that_turns_inward_after_it_was_looked_at_is_not_followed() -> None:
    async with receiver() as inside:
        names = Names(["127.0.0.2"], ["127.0.0.1"])
        only_two = settings(allowed_networks=("127.0.0.2/32",))
        async with Sender(only_two, resolve=names) as sender:
            url = f"http://kent.police.example:{inside.port}/"
            # Looked up once for a connection: what was looked at is what is connected to.
            first = await sender.send(url, {}, b"{}")
            assert (first.outcome, names.asked) == (Outcome.UNREACHABLE, 1)
            second = await sender.send(url, {}, b"{}")
            assert (second.outcome, names.asked) == (Outcome.ADDRESS_REFUSED, 2)
        assert inside.got == []


@pytest.mark.parametrize("name", ["localhost", "127.1", "0x7f.0.0.1", "2130706433", "0"])
async def test_no_way_of_writing_loopback_leads_there(name: str) -> None:
    async with receiver() as inside, Sender(settings(allowed_networks=())) as sender:
        attempt = await sender.send(f"http://{name}:{inside.port}/", {}, b"{}")
        assert attempt.outcome in (Outcome.ADDRESS_REFUSED, Outcome.NAME_UNKNOWN)
        assert inside.got == []


async def test_of_several_addresses_only_those_that_are_allowed_are_tried() -> None:
    async with receiver() as inside:
        names = Names(["10.0.0.1", "169.254.169.254", "127.0.0.2", "127.0.0.1"])
        async with Sender(settings(), resolve=names) as sender:
            attempt = await sender.send(f"http://kent.example:{inside.port}/", {}, b"{}")
        assert attempt.accepted
        assert inside.got[0].headers["host"] == f"kent.example:{inside.port}"


async def test_a_name_that_nobody_has_is_said_to_be_unknown() -> None:
    async with Sender(settings()) as sender:
        attempt = await sender.send("https://nobody.invalid/", {}, b"{}")
    assert attempt.outcome in (Outcome.NAME_UNKNOWN, Outcome.TIMEOUT)
    with pytest.raises(NameUnknown):
        await look_up("a" * 300, 443)


async def test_a_name_server_that_says_nothing_takes_no_longer_than_an_attempt() -> None:
    async def never(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        raise AssertionError

    async with Sender(settings(attempt_seconds=0.1), resolve=never) as sender:
        assert (await sender.send("https://kent.example/", {}, b"{}")).outcome is Outcome.TIMEOUT
