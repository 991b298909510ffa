"""Where a webhook may go: to the public internet, looked at again at each connection."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

import httpcore
import httpx

from chassis.errors import Invalid

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

# What is routed at all. It leaves out by itself what only carries an IPv4 address: ::ffff:0:0/96
# (mapped), ::/96, 64:ff9b::/96 (NAT64), but not the two below, which lie within.
_ROUTED: Final = IPv6Network("2000::/3")
# Neither is of the public internet, whatever a version of ipaddress says.
_ASSIGNED: Final = IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24")
_MOST_TRIED: Final = 4
# Of its own: names that nobody answers for must not keep the process's other work waiting.
_LOOKING_UP: Final = ThreadPoolExecutor(max_workers=16, thread_name_prefix="webhook-names")


class UrlRefused(Invalid):
    title = "A webhook cannot be sent to that address"


class AddressRefused(Exception):
    """The name stands for no address that a webhook may go to."""


class NameUnknown(Exception):
    """The name stands for nothing."""


def allowed(address: Address, networks: Iterable[Network]) -> bool:
    """Whether an address is of the public internet, or of a network that is allowed besides."""
    return _public(address) or any(
        address.version == each.version and address in each for each in networks
    )


def _public(address: Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in each for each in _ASSIGNED)
    return address in _ROUTED and address.sixtofour is None and address.teredo is None


def checked_url(url: str, networks: Iterable[Network], *, http: bool) -> str:
    """The URL in its normal form. Raises UrlRefused.

    A name is not looked up here: that would tell who asks which names there are with us, and it
    may stand for something else by the time it is used.
    """
    try:
        parsed = httpx.URL(url)
        host, port = parsed.host, parsed.port
    except (httpx.InvalidURL, ValueError):
        raise _refused("url") from None
    if parsed.scheme != "https" and not (http and parsed.scheme == "http"):
        raise _refused("https")
    if not host or not 0 < (443 if port is None else port) < 65_536:
        raise _refused("host")
    if parsed.userinfo or parsed.fragment:
        raise _refused("no-credentials-no-fragment")
    literal = _literal(host)
    if literal is not None and not allowed(literal, networks):
        raise _refused("public-address")
    return str(parsed)


def _refused(rule: str) -> UrlRefused:
    return UrlRefused(field="url", rule=rule)


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


async def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the system knows them; raises NameUnknown."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(
            _LOOKING_UP, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
    except (OSError, UnicodeError) as error:
        raise NameUnknown(host) from error
    return [str(each[4][0]) for each in found]


class Guarded(httpcore.AsyncNetworkBackend):
    """Looks a name up once and connects to what it has looked at, not to the name.

    Whoever owns the name may answer differently the next time; there is no next time.
    """

    def __init__(self, networks: Iterable[Network], resolve: Resolve = look_up) -> None:
        self._networks = tuple(networks)
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, *arguments: Any, **options: Any
    ) -> httpcore.AsyncNetworkStream:
        found = [ip_address(each) for each in await self._resolve(host, port)]
        wanted = [str(each) for each in found if allowed(each, self._networks)][:_MOST_TRIED]
        if not wanted:
            raise AddressRefused
        for each in wanted[:-1]:
            try:
                return await self._network.connect_tcp(each, port, *arguments, **options)
            except httpcore.ConnectError:
                continue
        return await self._network.connect_tcp(wanted[-1], port, *arguments, **options)

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise AddressRefused

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
