"""A socket that hears nothing, not even acknowledgements: the kernel drops what arrives for it."""

import ctypes
import socket
from typing import Any, Final

# From asm-generic/socket.h and linux/filter.h; Python names neither.
_ATTACH_FILTER: Final = 26
_DETACH_FILTER: Final = 27
_RETURN: Final = 0x06


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("value", ctypes.c_uint),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("first", ctypes.POINTER(_Instruction)))


# "Return 0": of each packet keep no byte.
_DROP = _Instruction(_RETURN, 0, 0, 0)
_PROGRAM = _Program(1, ctypes.pointer(_DROP))


def deafen(end: Any) -> None:
    """Drop every packet for this socket, so that the other end is left to its own time limits."""
    end.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, bytes(_PROGRAM))


def cure(end: Any) -> None:
    """Hear again; what was dropped comes when the other end repeats it."""
    end.setsockopt(socket.SOL_SOCKET, _DETACH_FILTER, 0)
