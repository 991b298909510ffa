"""What a tenant is at the brokers: a user, three rights, two quotas; given, changed, taken."""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.protocol.admin import (
    CreateAclsRequest_v1,
    DeleteAclsRequest_v1,
    DescribeAclsRequest_v1,
)

from npp_contracts.topics import stream_of
from npp_ops.tenants.errors import NotTaken
from npp_ops.tenants.wire import AlterQuotas, AlterScram, DescribeQuotas, DescribeScram, Line, said

SHA_256, SHA_512 = 1, 2
MECHANISMS: Final = {SHA_256: "SCRAM-SHA-256", SHA_512: "SCRAM-SHA-512"}
_HASHES: Final = {SHA_256: "sha256", SHA_512: "sha512"}
# A password of ours cannot be guessed at any speed; more would be waiting for nothing.
_ITERATIONS: Final = 8192
NO_SUCH_CREDENTIAL: Final = 91

_QUOTAS: Final = ("consumer_byte_rate", "request_percentage")
_EVERY_NAME: Final = 2

_TOPIC, _GROUP, _LITERAL, _PREFIXED = 2, 3, 3, 4
_READ, _DESCRIBE, _ALLOW, _ANY = 3, 8, 3, 1

Acl = tuple[int, str, int, int]
"""Kind of resource, its name, literal or prefix, operation."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """How much one force may ask of each broker: bytes read a second, per cent of one thread."""

    bytes_per_second: int
    request_percent: int


USUAL: Final = Quotas(bytes_per_second=4 * 1024 * 1024, request_percent=25)


def user_of(force_id: str) -> str:
    """The name of a force's user."""
    return f"force.{force_id}"


def group_prefix_of(force_id: str) -> str:
    """What the names of a force's consumer groups begin with; no id of a force has a dot."""
    return f"{user_of(force_id)}."


def rights_of(force_id: str) -> set[Acl]:
    """All that its user may do."""
    topic = stream_of(force_id)
    return {
        (_TOPIC, topic, _LITERAL, _READ),
        (_TOPIC, topic, _LITERAL, _DESCRIBE),
        (_GROUP, group_prefix_of(force_id), _PREFIXED, _READ),
    }


def new_password() -> str:
    return secrets.token_urlsafe(32)


async def set_passwords(line: Line, passwords: Mapping[str, str], mechanism: int) -> None:
    """By force its password for one mechanism; what it was before no longer holds."""
    upsertions: list[Any] = []
    for force_id, password in passwords.items():
        salt = secrets.token_bytes(24)
        salted = hashlib.pbkdf2_hmac(_HASHES[mechanism], password.encode(), salt, _ITERATIONS)
        upsertions.append((user_of(force_id), mechanism, _ITERATIONS, salt, salted, {}))
    answer = await line.ask(AlterScram([], upsertions, {}))
    _taken((code, message) for _, code, message, _ in answer.results)


async def forget_passwords(line: Line, force_ids: Iterable[str], *mechanisms: int) -> None:
    """Take credentials away; one that is not there is no failure."""
    for mechanism in mechanisms:
        deletions: list[Any] = [(user_of(each), mechanism, {}) for each in force_ids]
        answer = await line.ask(AlterScram(deletions, [], {}))
        results = [(code, message) for _, code, message, _ in answer.results]
        _taken(each for each in results if each[0] != NO_SUCH_CREDENTIAL)


async def users(line: Line) -> dict[str, set[int]]:
    """By user the mechanisms for which it has a credential."""
    answer = await line.ask(DescribeScram(None, {}))
    _taken([(answer.code, answer.message)])
    return {user: {each[0] for each in found} for user, _, _, found, _ in answer.results}


async def tenants(line: Line, force_ids: Collection[str]) -> set[str]:
    """Those of these forces that have access."""
    found = await users(line)
    return {each for each in force_ids if SHA_512 in found.get(user_of(each), ())}


async def allow(line: Line, force_ids: Sequence[str], quotas: Quotas) -> None:
    """Give these forces their rights and quotas."""
    creations = [
        (kind, name, pattern, _principal(each), "*", operation, _ALLOW)
        for each in force_ids
        for kind, name, pattern, operation in sorted(rights_of(each))
    ]
    answer = await line.ask(CreateAclsRequest_v1(creations))
    _taken(answer.creation_responses)
    limits = (float(quotas.bytes_per_second), float(quotas.request_percent))
    changes = [(key, value, False) for key, value in zip(_QUOTAS, limits, strict=True)]
    await _set_quotas(line, force_ids, changes)


async def deny(line: Line, force_ids: Sequence[str]) -> None:
    """Take all rights and quotas away; holds at once, for connections that are open too."""
    everything = [(_ANY, None, _ANY, _principal(each), None, _ANY, _ANY) for each in force_ids]
    answer = await line.ask(DeleteAclsRequest_v1(everything))
    _taken((code, message) for code, message, _ in answer.filter_responses)
    await _set_quotas(line, force_ids, [(key, 0.0, True) for key in _QUOTAS])


async def rights(line: Line) -> dict[str, set[Acl]]:
    """By user all that it is allowed, whoever gave it."""
    answer = await line.ask(DescribeAclsRequest_v1(_ANY, None, _ANY, None, None, _ANY, _ANY))
    _taken([(answer.error_code, answer.error_message)])
    found: dict[str, set[Acl]] = {}
    for kind, name, pattern, acls in said(answer.resources):
        for principal, _, operation, _ in acls:
            user = principal.removeprefix("User:")
            found.setdefault(user, set()).add((kind, name, pattern, operation))
    return found


async def quotas(line: Line) -> dict[str, Quotas]:
    """By user the quotas that hold for it; whoever lacks one of the two has none."""
    answer = await line.ask(DescribeQuotas([("user", _EVERY_NAME, None)], True))
    _taken([(answer.code, answer.message)])
    found = {}
    for entity, values in said(answer.entries):
        of = dict(values)
        if of.keys() >= set(_QUOTAS):
            found[dict(entity)["user"]] = Quotas(*(int(of[key]) for key in _QUOTAS))
    return found


async def _set_quotas(line: Line, force_ids: Sequence[str], changes: list[Any]) -> None:
    entries = [([("user", user_of(each))], changes) for each in force_ids]
    answer = await line.ask(AlterQuotas(entries, False))
    _taken((code, message) for code, message, _ in answer.entries)


def _principal(force_id: str) -> str:
    return f"User:{user_of(force_id)}"


def _taken(results: Iterable[tuple[int, str | None]]) -> None:
    for code, message in results:
        if code:
            raise NotTaken(f"{message or 'no reason given'} (Kafka's error {code})", error=code)
