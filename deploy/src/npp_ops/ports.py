"""Free loopback ports, taken below the range that the kernel hands to outgoing connections."""

import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from pathlib import Path
from typing import IO, Final

LOOPBACK = "127.0.0.1"
FIRST, LAST = 20000, 32000
_chosen: Final[set[int]] = set()


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
    """The preferred port if it is free, else any free one; LookupError when there is none.

    It is this process's for as long as that lives: a server that is stopped and started again
    finds its port free, though others look for ports meanwhile.
    """
    candidates = [] if preferred is None else [preferred]
    anywhere = sorted({*range(FIRST, LAST)} - _chosen)
    candidates += random.sample(anywhere, min(200, len(anywhere)))
    for port in candidates:
        if port not in taken and _claim(port) and is_free(port):
            _chosen.add(port)
            return port
    raise LookupError(f"no free port between {FIRST} and {LAST}")


def _claim(port: int) -> bool:
    # The port's byte of a file that all processes of a user share; the kernel gives a lock back
    # when its process ends, however it ends.
    try:
        fcntl.lockf(_claims(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


@cache
def _claims() -> IO[bytes]:
    return Path(tempfile.gettempdir(), f"npp-ports-{os.getuid()}").open("ab")


def free_ports(count: int) -> list[int]:
    return [free_port() for _ in range(count)]


def port_from_environment(name: str) -> int | None:
    """NPP_PORT_<NAME>, if the caller wants a certain port."""
    value = os.environ.get(f"NPP_PORT_{name.upper()}")
    return int(value) if value else None
