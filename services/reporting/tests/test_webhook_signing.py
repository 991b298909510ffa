"""What is signed can be verified by whoever has the spec, and by no key of another webhook."""

import base64
import hmac
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc.jwk import OKPKey

from reporting.settings import webhook_settings
from reporting.webhooks import secrets
from reporting.webhooks.secrets import SecretLost, opened, sealed
from reporting.webhooks.signing import Signing, written

ID = uuid4()
BODY = b'{"type":"npp.enrolment.learner-registered.v1"}'
Change = Callable[..., None]
OLD, NEW = b"the secret of last year, 32 bytes", b"the secret of this year, 32 bytes"


def signatures(signing: Signing, version: str, *shared: bytes) -> list[bytes]:
    found = signing.headers(ID, "an-event", 1_780_000_000, BODY, shared)["webhook-signature"]
    parts = [each.split(",", 1) for each in found.split(" ")]
    return [base64.b64decode(signature) for name, signature in parts if name == version]


def verified(jwk: dict[str, str], signature: bytes) -> bool:
    key = base64.urlsafe_b64decode(jwk["x"] + "=")
    try:
        public = Ed25519PublicKey.from_public_bytes(key)
        public.verify(signature, b"an-event.1780000000." + BODY)
    except InvalidSignature:
        return False
    return True


def test_the_key_set_verifies_what_was_signed() -> None:
    signing = Signing([NEW])
    (signature,), (jwk,) = signatures(signing, "v1a"), signing.jwks(ID)["keys"]
    assert verified(jwk, signature)
    assert signing.public_keys(ID) == ["whpk_" + base64.b64encode(_raw(jwk)).decode()]


def test_the_key_set_is_one_that_libraries_read_and_shows_nothing_private() -> None:
    (jwk,) = Signing([NEW]).jwks(ID)["keys"]
    key = OKPKey.import_key(jwk)
    assert (key.thumbprint(), key.is_private) == (jwk["kid"], False)
    assert set(jwk) == {"kty", "crv", "x", "kid", "use", "alg"}


def test_every_webhook_has_a_key_of_its_own() -> None:
    signing = Signing([NEW])
    (signature,), (theirs,) = signatures(signing, "v1a"), signing.jwks(uuid4())["keys"]
    assert not verified(theirs, signature)


def test_while_one_secret_follows_another_both_sign_and_both_are_shown() -> None:
    before, between, after = Signing([OLD]), Signing([NEW, OLD]), Signing([NEW])
    (old,), (new,) = before.jwks(ID)["keys"], after.jwks(ID)["keys"]
    assert between.jwks(ID)["keys"] == [new, old]
    first, second = signatures(between, "v1a")
    assert verified(new, first)
    assert verified(old, second)


def test_a_shared_secret_signs_as_the_specification_says() -> None:
    # The published example of the reference libraries.
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = Signing([]).headers(
        ID, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}', [secret]
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_shared_secrets_sign_side_by_side() -> None:
    content = b"an-event.1780000000." + BODY
    found = signatures(Signing([NEW]), "v1", b"one", b"two")
    assert found == [hmac.digest(each, content, "sha256") for each in (b"one", b"two")]


def test_a_secret_is_kept_sealed_and_for_its_own_webhook_alone() -> None:
    secret = secrets.made()
    kept = sealed(ID, secret)
    assert opened(ID, kept) == secret
    assert base64.b64encode(secret).decode() not in kept
    assert len(base64.b64decode(written(secret).removeprefix("whsec_"))) == 32
    with pytest.raises(SecretLost):
        opened(uuid4(), kept)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Change]:
    def change(secret: bytes, former: bytes | None = None) -> None:
        monkeypatch.setenv("WEBHOOK_SECRET", secret.decode())
        monkeypatch.delenv("WEBHOOK_FORMER_SECRET", raising=False)
        if former is not None:
            monkeypatch.setenv("WEBHOOK_FORMER_SECRET", former.decode())
        webhook_settings.cache_clear()
        secrets._sealers.cache_clear()

    yield change
    monkeypatch.undo()
    webhook_settings.cache_clear()
    secrets._sealers.cache_clear()


def test_what_the_secret_before_has_sealed_opens_while_it_is_set(settings: Change) -> None:
    settings(OLD)
    kept = sealed(ID, b"shared")
    settings(NEW, OLD)
    assert opened(ID, kept) == b"shared"
    settings(NEW)
    with pytest.raises(SecretLost, match="WEBHOOK_FORMER_SECRET"):
        opened(ID, kept)


@pytest.mark.parametrize("secret", ["", "hush", "x" * 31])
def test_a_short_secret_is_refused_and_not_shown(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", secret)
    webhook_settings.cache_clear()
    with pytest.raises(ValueError, match="secret") as refused:
        webhook_settings()
    assert not secret or secret not in str(refused.value)


def _raw(jwk: dict[str, str]) -> bytes:
    return base64.urlsafe_b64decode(jwk["x"] + "=")
