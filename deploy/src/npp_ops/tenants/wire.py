"""Kafka's own messages for users, their rights and their quotas; a connection that sends them."""

# The client has none for SCRAM and quotas, and for rights only one at a time. These are the
# schemas of Apache Kafka's clients/src/main/resources/common/message, at the versions named.

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ssl import create_default_context
from typing import Any

from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.protocol.api import RequestStruct, Response
from aiokafka.protocol.types import (
    Array,
    Boolean,
    CompactArray,
    CompactBytes,
    CompactString,
    Float64,
    Int8,
    Int16,
    Int32,
    Schema,
    String,
    TaggedFields,
)

_TAGS = ("tags", TaggedFields)
_TEXT, _COMPACT = String("utf-8"), CompactString("utf-8")


class _AlterScramAnswer(Response):  # type: ignore[misc]
    API_KEY, API_VERSION = 51, 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(("user", _COMPACT), ("code", Int16), ("message", _COMPACT), _TAGS),
        ),
        _TAGS,
    )


class AlterScram(RequestStruct):  # type: ignore[misc]
    """Take credentials away from users, and give them: one request, all or none of a user's."""

    API_KEY, API_VERSION, FLEXIBLE_VERSION = 51, 0, True
    RESPONSE_TYPE = _AlterScramAnswer
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", _COMPACT), ("mechanism", Int8), _TAGS)),
        (
            "upsertions",
            CompactArray(
                ("name", _COMPACT),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                _TAGS,
            ),
        ),
        _TAGS,
    )

    def __repr__(self) -> str:
        """Without what it carries: the client's log shows requests."""
        return "AlterScram()"


class _DescribeScramAnswer(Response):  # type: ignore[misc]
    API_KEY, API_VERSION = 50, 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("code", Int16),
        ("message", _COMPACT),
        (
            "results",
            CompactArray(
                ("user", _COMPACT),
                ("code", Int16),
                ("message", _COMPACT),
                ("credentials", CompactArray(("mechanism", Int8), ("iterations", Int32), _TAGS)),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class DescribeScram(RequestStruct):  # type: ignore[misc]
    """Which users have which mechanisms; users None asks for all."""

    API_KEY, API_VERSION, FLEXIBLE_VERSION = 50, 0, True
    RESPONSE_TYPE = _DescribeScramAnswer
    SCHEMA = Schema(("users", CompactArray(("name", _COMPACT), _TAGS)), _TAGS)


class _AlterQuotasAnswer(Response):  # type: ignore[misc]
    API_KEY, API_VERSION = 49, 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "entries",
            Array(
                ("code", Int16),
                ("message", _TEXT),
                ("entity", Array(("type", _TEXT), ("name", _TEXT))),
            ),
        ),
    )


class AlterQuotas(RequestStruct):  # type: ignore[misc]
    """Set or take away the quotas of users."""

    API_KEY, API_VERSION = 49, 0
    RESPONSE_TYPE = _AlterQuotasAnswer
    SCHEMA = Schema(
        (
            "entries",
            Array(
                ("entity", Array(("type", _TEXT), ("name", _TEXT))),
                ("changes", Array(("key", _TEXT), ("value", Float64), ("remove", Boolean))),
            ),
        ),
        ("validate_only", Boolean),
    )


class _DescribeQuotasAnswer(Response):  # type: ignore[misc]
    API_KEY, API_VERSION = 48, 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("code", Int16),
        ("message", _TEXT),
        (
            "entries",
            Array(
                ("entity", Array(("type", _TEXT), ("name", _TEXT))),
                ("values", Array(("key", _TEXT), ("value", Float64))),
            ),
        ),
    )


class DescribeQuotas(RequestStruct):  # type: ignore[misc]
    """Which quotas hold for entities; a match of type 2 asks for every name that is given."""

    API_KEY, API_VERSION = 48, 0
    RESPONSE_TYPE = _DescribeQuotasAnswer
    SCHEMA = Schema(
        ("components", Array(("type", _TEXT), ("match_type", Int8), ("match", _TEXT))),
        ("strict", Boolean),
    )


@dataclass(frozen=True, slots=True)
class Login:
    """As whom to connect by SCRAM; tls with the machine's own trust."""

    user: str
    password: str
    mechanism: str
    tls: bool

    def __repr__(self) -> str:
        return f"Login({self.user!r})"


class _Ready:
    """A request whose version we have chosen ourselves."""

    def __init__(self, request: RequestStruct) -> None:
        self._request = request

    def prepare(self, _versions: object) -> RequestStruct:
        return self._request


class Line:
    """One connection to one broker."""

    def __init__(self, connection: AIOKafkaConnection) -> None:
        self._connection = connection

    async def ask(self, request: Any) -> Any:
        """The answer to a request: one of the client's own, or one of a version that we chose."""
        ready = _Ready(request) if isinstance(request, RequestStruct) else request
        return await self._connection.send(ready)


@asynccontextmanager
async def line(address: str, login: Login | None = None) -> AsyncIterator[Line]:
    """Connect; raises KafkaError when the broker is away or refuses the login."""
    host, _, port = address.rpartition(":")
    settings: dict[str, Any] = {"request_timeout_ms": 20_000, "client_id": "npp"}
    if login is not None:
        settings |= {
            "security_protocol": "SASL_SSL" if login.tls else "SASL_PLAINTEXT",
            "ssl_context": create_default_context() if login.tls else None,
            "sasl_mechanism": login.mechanism,
            "sasl_plain_username": login.user,
            "sasl_plain_password": login.password,
        }
    connection = await create_conn(host, int(port), **settings)
    try:
        yield Line(connection)
    finally:
        connection.close()


def said(items: Sequence[Any]) -> list[Any]:
    """An array of the wire; Kafka writes none as null."""
    return list(items or ())
