"""The issuer: the code flow with PKCE as a browser and its application walk it."""

import base64
import hashlib
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from chassis.errors import Unauthenticated
from chassis.issuer_keys import IssuerKeys
from chassis.tokens import TokenVerifier
from npp_ops.issuer import keys
from npp_ops.issuer.app import Issuer
from npp_ops.issuer.clients import Client
from npp_ops.issuer.tokens import ForceMissing, Minter, UnknownRole, force_for

URL = "http://127.0.0.1:9"
CALLBACK = "http://127.0.0.1:8/callback"
VERIFIER = "v" * 64
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)
REQUEST = {
    "response_type": "code",
    "client_id": "reporting",
    "redirect_uri": CALLBACK,
    "scope": "openid",
    "state": "s-1",
    "nonce": "n-1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
EXCHANGE = {
    "grant_type": "authorization_code",
    "redirect_uri": CALLBACK,
    "code_verifier": VERIFIER,
    "client_id": "reporting",
    "client_secret": "shh",  # pragma: allowlist secret
}


@pytest.fixture
def minter(tmp_path: Path) -> Minter:
    return Minter(keys.load_or_make(tmp_path / "key.json"), URL)


@pytest.fixture
def browser(minter: Minter) -> httpx.AsyncClient:
    app = Issuer(minter, {"reporting": Client("reporting", (CALLBACK,), "shh")}).app()
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL)


def verifier(browser: httpx.AsyncClient) -> TokenVerifier:
    return TokenVerifier(IssuerKeys(f"{URL}/jwks.json", browser), issuer=URL, audience="npp")


async def code_for(browser: httpx.AsyncClient, identity: str) -> str:
    answer = await browser.post("/authorize", data={**REQUEST, "identity": identity})
    assert answer.status_code == 303
    back = urlsplit(answer.headers["location"])
    query = parse_qs(back.query)
    assert f"{back.scheme}://{back.netloc}{back.path}" == CALLBACK
    assert (query["state"], query["iss"]) == (["s-1"], [URL])
    return query["code"][0]


async def test_code_flow_yields_a_token_that_services_accept(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/authorize", params=REQUEST)
    offered = re.findall(r'value="(demo-[a-z-]+)"', page.text)
    code = await code_for(browser, "demo-force-analyst-gwent")
    answer = (await browser.post("/token", data={**EXCHANGE, "code": code})).json()
    actor = await verifier(browser).actor(answer["access_token"])
    identity = await verifier(browser).claims(answer["id_token"], "reporting")
    assert len(offered) == 2 + 3 * 43
    assert (actor.subject, actor.roles, actor.force_id) == (
        "demo-force-analyst-gwent",
        frozenset({"force-analyst"}),
        "gwent",
    )
    assert (identity["sub"], identity["nonce"]) == (actor.subject, "n-1")


async def test_id_token_is_no_bearer_token(browser: httpx.AsyncClient) -> None:
    code = await code_for(browser, "demo-national-admin")
    answer = (await browser.post("/token", data={**EXCHANGE, "code": code})).json()
    with pytest.raises(Unauthenticated):
        await verifier(browser).actor(answer["id_token"])


async def test_page_has_no_script_and_forbids_any(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/authorize", params={**REQUEST, "state": '"><script>1</script>'})
    assert "<script" not in page.text
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; form-action 'self' http://127.0.0.1:8; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "w" * 64},
        {"code_verifier": ""},
        {"redirect_uri": CALLBACK + "/"},
        {"code": "guessed"},
    ],
)
async def test_code_is_refused_and_spent_when_anything_differs(
    browser: httpx.AsyncClient, change: dict[str, str]
) -> None:
    code = await code_for(browser, "demo-national-admin")
    wrong = await browser.post("/token", data={**EXCHANGE, "code": code, **change})
    assert (wrong.status_code, wrong.json()) == (400, {"error": "invalid_grant"})
    again = await browser.post("/token", data={**EXCHANGE, "code": code})
    assert again.status_code == (200 if "code" in change else 400)


async def test_code_works_once(browser: httpx.AsyncClient) -> None:
    code = await code_for(browser, "demo-national-admin")
    first = await browser.post("/token", data={**EXCHANGE, "code": code})
    second = await browser.post("/token", data={**EXCHANGE, "code": code})
    assert (first.status_code, second.status_code) == (200, 400)


async def test_client_must_show_its_secret(browser: httpx.AsyncClient) -> None:
    code = await code_for(browser, "demo-national-admin")
    data = {**EXCHANGE, "code": code}
    del data["client_secret"]
    wrong = await browser.post("/token", data={**data, "client_secret": "no"})
    right = await browser.post("/token", data=data, auth=("reporting", "shh"))
    assert (wrong.status_code, right.status_code) == (401, 200)


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "http://127.0.0.1:8/callback/../elsewhere"},
        {"redirect_uri": "https://evil.example/callback"},
        {"client_id": "nobody"},
    ],
)
async def test_unregistered_address_is_never_a_destination(
    browser: httpx.AsyncClient, change: dict[str, str]
) -> None:
    answers = [
        await browser.get("/authorize", params=REQUEST | change),
        await browser.post("/authorize", data={**REQUEST, **change, "identity": "demo-iqa-kent"}),
    ]
    assert [(one.status_code, "location" in one.headers) for one in answers] == [(400, False)] * 2


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
    ],
)
async def test_faulty_request_is_told_to_its_application(
    browser: httpx.AsyncClient, change: dict[str, str], error: str
) -> None:
    answer = await browser.get("/authorize", params=REQUEST | change)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (answer.status_code, query["error"]) == (303, [error])


async def test_key_survives_a_restart_and_stays_private(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    first, second = keys.load_or_make(file), keys.load_or_make(file)
    browser = httpx.AsyncClient(
        transport=httpx.ASGITransport(Issuer(Minter(second, URL), {}).app()), base_url=URL
    )
    token = Minter(first, URL).access_token("someone", ["iqa"], "kent")
    published = (await browser.get("/jwks.json")).json()["keys"]
    assert (await verifier(browser).actor(token)).force_id == "kent"
    assert ["d" in key for key in published] == [False]
    assert file.stat().st_mode & 0o077 == 0


async def test_expired_token_can_be_minted_and_is_refused(
    minter: Minter, browser: httpx.AsyncClient
) -> None:
    token = minter.access_token("someone", ["iqa"], "kent", ttl=-60)
    with pytest.raises(Unauthenticated):
        await verifier(browser).actor(token)


def test_national_roles_need_no_force_and_others_do() -> None:
    assert force_for(["national-admin"], None) == "national"
    assert force_for(["force-admin"], "kent") == "kent"
    with pytest.raises(ForceMissing):
        force_for(["force-admin"], None)
    with pytest.raises(UnknownRole):
        force_for(["chief"], "kent")
