"""Noticing that the other end of a database session is gone, though nobody has said goodbye."""

import socket
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import asyncpg

# When packets vanish, TCP itself would try for a quarter of an hour, and a session that waits for
# an answer for two hours: ours and the server's, which holds our locks meanwhile.
_SECONDS: Final = 15
_IDLE_SECONDS: Final = 5
_OURS: Final = {
    "TCP_KEEPIDLE": _IDLE_SECONDS,
    "TCP_KEEPINTVL": _IDLE_SECONDS,
    "TCP_KEEPCNT": 2,
    "TCP_USER_TIMEOUT": _SECONDS * 1000,
}
THEIRS: Final = {
    "tcp_keepalives_idle": str(_IDLE_SECONDS),
    "tcp_keepalives_interval": str(_IDLE_SECONDS),
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": str(_SECONDS * 1000),
}
"""The server's half, as settings of a session."""


def limit_silence(connection: "asyncpg.Connection[Any]") -> None:
    """Let a session fail 15 s after the network has begun to swallow its packets."""
    # asyncpg has no way to set socket options, nor a public name for its transport.
    end = connection._transport.get_extra_info("socket")  # type: ignore[attr-defined]  # noqa: SLF001
    if end is None or end.family not in (socket.AF_INET, socket.AF_INET6):
        return
    end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _OURS.items():
        if (option := getattr(socket, name, None)) is not None:  # Linux has them all
            end.setsockopt(socket.IPPROTO_TCP, option, value)
