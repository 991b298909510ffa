"""Pseudonyms: the same for one force for ever, and nothing in common with another force's."""

import hmac
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from chassis.pseudonyms import Pseudonyms

SECRET = b"a secret of thirty-two bytes, yes"
SOMEBODY = UUID("0196c383-1ae8-7651-8317-1ff4a6a3a450")
NAMES = Pseudonyms(SECRET)


def test_a_pseudonym_is_a_uuid_of_version_8_and_always_the_same() -> None:
    name = NAMES.of("kent", SOMEBODY)
    assert (name.version, name.variant) == (8, SOMEBODY.variant)
    assert name == Pseudonyms(SECRET).of("kent", SOMEBODY)
    assert name == UUID("bd175e5d-330b-84e5-872e-2cb06784c67a")


def test_it_is_the_hmac_of_the_id_under_the_key_of_the_force() -> None:
    key = hmac.digest(SECRET, b"npp pseudonyms 1\nperson\nkent", "sha256")
    digest = hmac.digest(key, SOMEBODY.bytes, "sha256")[:16]
    free = 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF
    assert NAMES.of("kent", SOMEBODY).int & free == int.from_bytes(digest) & free


def test_forces_secrets_and_people_all_make_a_difference() -> None:
    others = [
        NAMES.of("essex", SOMEBODY),
        NAMES.of("kent", uuid4()),
        Pseudonyms(SECRET[::-1]).of("kent", SOMEBODY),
        NAMES.derived("kent", SOMEBODY),
        NAMES.derived("essex", SOMEBODY),
    ]
    assert len({NAMES.of("kent", SOMEBODY), *others}) == 6


def test_a_person_has_one_pseudonym_however_the_id_is_written() -> None:
    assert NAMES.of("kent", str(SOMEBODY)) == NAMES.of("kent", SOMEBODY)
    assert NAMES.of("kent", "ps-4711") != NAMES.of("kent", "ps-4712")
    assert NAMES.of("kent", SOMEBODY.hex) != NAMES.of("kent", SOMEBODY)


def test_a_fingerprint_tells_secrets_and_forces_apart() -> None:
    other = Pseudonyms(SECRET[::-1])
    told = {each.fingerprint(force) for each in (NAMES, other) for force in ("kent", "essex")}
    assert len(told) == 4
    assert NAMES.fingerprint("kent") == Pseudonyms(SECRET).fingerprint("kent")


def test_no_two_of_many_are_the_same() -> None:
    ids = [uuid4() for _ in range(10_000)]
    assert len({NAMES.of(force, each) for force in ("kent", "essex") for each in ids}) == 20_000


def test_a_short_secret_or_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Pseudonyms(b"short")
    monkeypatch.delenv("PSEUDONYM_SECRET", raising=False)
    with pytest.raises(ValidationError, match="pseudonym_secret"):
        Pseudonyms.from_environment()
    monkeypatch.setenv("PSEUDONYM_SECRET", "hush" * 7)
    with pytest.raises(ValidationError, match="32") as refused:
        Pseudonyms.from_environment()
    assert "hush" not in str(refused.value)
