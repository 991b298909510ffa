"""Free loopback ports, taken below the range that the kernel hands to outgoing connections."""

import os
import random
import socket

LOOPBACK = "127.0.0.1"
FIRST, LAST = 20000, 32000


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # A server that has just stopped leaves TIME_WAIT behind; it may have its port back.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port(*, preferred: int | None = None, taken: frozenset[int] = frozenset()) -> int:
    """The preferred port if it is free, else any free one; LookupError when there is none."""
    candidates = [] if preferred is None else [preferred]
    candidates += random.sample(range(FIRST, LAST), 200)
    for port in candidates:
        if port not in taken and is_free(port):
            return port
    raise LookupError(f"no free port between {FIRST} and {LAST}")


def free_ports(count: int) -> list[int]:
    chosen: list[int] = []
    for _ in range(count):
        chosen.append(free_port(taken=frozenset(chosen)))
    return chosen


def port_from_environment(name: str) -> int | None:
    """NPP_PORT_<NAME>, if the caller wants a certain port."""
    value = os.environ.get(f"NPP_PORT_{name.upper()}")
    return int(value) if value else None
