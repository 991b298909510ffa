"""Bearer tokens: what is accepted, and that everything else is refused alike."""

import base64
import hmac
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey

from chassis import clock, issuer_keys
from chassis.auth import SYSTEM, Actor
from chassis.errors import Forbidden, Unauthenticated
from chassis.issuer_keys import IssuerKeys, IssuerUnreachable
from chassis.testing.issuer import AUDIENCE, ISSUER, Issuer, ec_key, ed_key, rsa_key
from chassis.tokens import TokenExpired, TokenInvalid, TokenVerifier


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


def verifier(issuer: Issuer, **options: Any) -> TokenVerifier:
    keys = IssuerKeys(f"{ISSUER}/jwks", issuer.client())
    return TokenVerifier(keys, issuer=ISSUER, audience=AUDIENCE, **options)


async def test_token_becomes_an_actor(issuer: Issuer) -> None:
    actor = await verifier(issuer).actor(issuer.token())
    assert actor == Actor("person-1", frozenset({"force-admin"}), "derbyshire")


@pytest.mark.parametrize(
    ("key", "alg"), [(rsa_key("r"), "RS256"), (ed_key("e"), "EdDSA"), (ed_key("e"), "Ed25519")]
)
async def test_token_algorithms_that_are_accepted(key: Any, alg: str) -> None:
    issuer = Issuer(keys=[key])
    assert (await verifier(issuer).actor(issuer.token(alg=alg))).subject == "person-1"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.test"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"nbf": int(time.time()) + 86_400},
        {"iat": int(time.time()) + 86_400},
        {"exp": "tomorrow"},
        {"force_id": None},
        {"force_id": "*"},
        {"force_id": "Derbyshire'; --"},
        {"roles": "force-admin"},
        {"roles": [1]},
    ],
)
async def test_token_with_a_wrong_claim_is_refused(issuer: Issuer, claims: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        await verifier(issuer).actor(issuer.token(**claims))


async def test_token_times_are_judged_by_the_clock_of_the_process(issuer: Issuer) -> None:
    clock.be_wrong(timedelta(hours=2))
    try:
        with pytest.raises(TokenExpired):
            await verifier(issuer).actor(issuer.token())
    finally:
        clock.be_wrong(timedelta())


async def test_token_expiry_allows_thirty_seconds_of_clock_difference(issuer: Issuer) -> None:
    now = int(time.time())
    assert (await verifier(issuer).actor(issuer.token(exp=now - 25))).subject == "person-1"
    with pytest.raises(TokenExpired):
        await verifier(issuer).actor(issuer.token(exp=now - 31))


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def unsigned(**header: str) -> str:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": 9e9, "force_id": "kent"}
    return f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}."


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a.b.c",
        "ä.ö.ü",
        "x" * 20_000,
        unsigned(alg="none"),
        unsigned(alg="None", kid="one"),
        unsigned(alg="ES256", kid="one"),
    ],
)
async def test_token_that_is_not_signed_is_refused(issuer: Issuer, token: str) -> None:
    with pytest.raises(TokenInvalid):
        await verifier(issuer).actor(token)


async def test_token_signed_with_the_public_key_as_a_secret_is_refused(issuer: Issuer) -> None:
    key = issuer.keys[0]
    assert isinstance(key, ECKey)
    content = unsigned(alg="HS256", kid="one").rstrip(".")
    signature = hmac.digest(key.as_pem(private=False), content.encode(), "sha256")
    with pytest.raises(TokenInvalid):
        await verifier(issuer).actor(f"{content}.{encoded(signature)}")


async def test_token_of_a_foreign_issuer_with_our_name_and_key_id_is_refused(
    issuer: Issuer,
) -> None:
    forged = Issuer(keys=[ec_key("one")]).token()
    with pytest.raises(TokenInvalid):
        await verifier(issuer).actor(forged)


async def test_token_changed_after_signing_is_refused(issuer: Issuer) -> None:
    header, _, signature = issuer.token().split(".")
    _, payload, _ = issuer.token(force_id="national").split(".")
    with pytest.raises(TokenInvalid):
        await verifier(issuer).actor(f"{header}.{payload}.{signature}")


async def test_token_of_the_sandbox_is_that_of_a_system_whatever_it_claims(issuer: Issuer) -> None:
    roles = ["force-admin", "national-admin", "force-system", "candidate"]
    actor = await verifier(issuer).actor(issuer.token(roles=roles, force_id="sandbox"))
    assert actor == Actor("person-1", frozenset({"force-system"}), "sandbox")


async def test_token_cannot_carry_the_role_of_the_system(issuer: Issuer) -> None:
    token = issuer.token(roles=["system", "candidate"])
    assert (await verifier(issuer).actor(token)).roles == {"candidate"}


async def test_claim_names_are_configurable(issuer: Issuer) -> None:
    token = issuer.token(groups=["iqa"], org="kent", roles=None, force_id=None)
    checks = verifier(issuer, roles_claim="groups", force_claim="org")
    assert await checks.actor(token) == Actor("person-1", frozenset({"iqa"}), "kent")


async def test_verified_token_is_remembered_but_not_beyond_its_end(issuer: Issuer) -> None:
    at = [time.time()]
    checks = verifier(issuer, clock=lambda: at[0])
    token = issuer.token(exp=int(at[0]) + 10)
    first = await checks.actor(token)
    assert await checks.actor(token) is first
    at[0] += 41
    with pytest.raises(TokenExpired):
        await checks.actor(token)


async def test_keys_survive_an_outage_of_the_issuer(issuer: Issuer) -> None:
    checks = verifier(issuer)
    await checks.actor(issuer.token())
    issuer.up = False
    assert (await checks.actor(issuer.token(sub="person-2"))).subject == "person-2"


async def test_keys_unknown_because_the_issuer_is_away_is_not_the_callers_fault(
    issuer: Issuer,
) -> None:
    issuer.up = False
    with pytest.raises(IssuerUnreachable):
        await verifier(issuer).actor(issuer.token())


async def test_keys_are_fetched_again_for_an_unknown_key_id(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer_keys, "RETRY_SECONDS", 0.0)
    checks = verifier(issuer)
    await checks.actor(issuer.token())
    issuer.keys = [ec_key("two")]
    assert (await checks.actor(issuer.token())).subject == "person-1"
    assert issuer.asked == 2


async def test_keys_are_not_fetched_for_every_forged_key_id(issuer: Issuer) -> None:
    checks = verifier(issuer)
    for number in range(20):
        with pytest.raises(TokenInvalid):
            await checks.actor(issuer.token(key=ec_key(f"forged-{number}")))
    assert issuer.asked == 1


def test_actor_roles_and_sight() -> None:
    admin = Actor("a", frozenset({"force-admin"}), "kent")
    admin.require("iqa", "force-admin")
    with pytest.raises(Forbidden) as refused:
        admin.require("iqa", "assessor")
    assert refused.value.facts == {"needs": ["assessor", "iqa"]}
    assert [admin.sees(force) for force in ("kent", "essex", "national")] == [True, False, True]
    assert [admin.acts_for(force) for force in ("kent", "essex", "national")] == [
        True,
        False,
        False,
    ]
    assert SYSTEM.national
    assert SYSTEM.acts_for("kent")
    assert issubclass(TokenInvalid, Unauthenticated)
