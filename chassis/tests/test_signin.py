"""Signing in to pages: the code flow against a real issuer, the session, its forms."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import APIRouter, Response
from pydantic import SecretStr

from chassis.database import Database
from chassis.http import Caller, Runtime, new_nonce, page_response, service_app, signin_router
from chassis.issuer_keys import IssuerKeys
from chassis.sealed import Sealer
from chassis.service import Service
from chassis.settings import Settings
from chassis.signin import SignIn, own_path
from chassis.tokens import TokenVerifier
from chassis.work import UnitOfWork
from npp_ops.issuer import keys
from npp_ops.issuer.app import Issuer
from npp_ops.issuer.clients import Client
from npp_ops.issuer.tokens import Minter

SECRET = "s" * 32
SEALER = Sealer(SECRET)
ISSUER = "https://issuer.test"
SITE = "https://reporting.test"
IDENTITY = "demo-force-analyst-kent"
ME = {"subject": IDENTITY, "roles": ["force-analyst"], "force_id": "kent"}

router = APIRouter()


@router.get("/me")
async def get_me(actor: Caller) -> dict[str, object]:
    roles = sorted(actor.roles)
    return {"subject": actor.subject, "roles": roles, "force_id": actor.force_id}


@router.get("/page")
async def get_page(actor: Caller) -> Response:
    nonce = new_nonce()
    return page_response(f"<script nonce={nonce}>1</script>{actor.force_id}", nonce)


@router.post("/form")
async def post_form(actor: Caller) -> dict[str, str]:
    return {"done": actor.subject}


@dataclass
class Site:
    """The site, the issuer, and a browser that keeps cookies for each."""

    browser: httpx.AsyncClient
    issuer: httpx.AsyncClient
    minter: Minter

    async def walk(self, path: str = "/page", identity: str = IDENTITY) -> httpx.Response:
        return await self.browser.get(await self.choose(path, identity))

    async def choose(self, path: str, identity: str) -> str:
        sent = await self.browser.get("/signin", params={"next": path})
        asked = parse_qs(urlsplit(sent.headers["location"]).query)
        form = {name: values[0] for name, values in asked.items()} | {"identity": identity}
        back = await self.issuer.post("/authorize", data=form)
        return str(back.headers["location"])

    def csrf_token(self) -> str:
        cookie = self.browser.cookies.get("__Host-npp-session")
        held = SEALER.open("session", cookie)
        assert held is not None
        return str(held["csrf"])


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    minter = Minter(keys.load_or_make(tmp_path / "key.json"), ISSUER)
    clients = {"reporting": Client("reporting", (f"{SITE}/callback",), "shh")}
    issuer = httpx.AsyncClient(
        transport=httpx.ASGITransport(Issuer(minter, clients).app()), base_url=ISSUER
    )
    settings = Settings(
        database_url="postgresql://nobody@127.0.0.1:1/nothing",
        oidc_issuer=ISSUER,
        oidc_jwks_url=f"{ISSUER}/jwks.json",
        oidc_client_id="reporting",
        oidc_client_secret=SecretStr("shh"),
        session_secret=SecretStr(SECRET),
        public_url=SITE,
    )
    tokens = TokenVerifier(
        IssuerKeys(settings.oidc_jwks_url, issuer), issuer=ISSUER, audience="npp"
    )
    signin = SignIn.from_settings(settings, tokens, issuer)
    assert signin is not None
    database = Database(settings.database_url)
    work = UnitOfWork("reporting", database, lambda: None)
    app = service_app(Service("reporting", tmp_path, routers=[router, signin_router]))
    app.state.runtime = Runtime(database, work, tokens, signin=signin)
    browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SITE)
    yield Site(browser, issuer, minter)
    await browser.aclose()
    await issuer.aclose()


async def test_signing_in_gives_the_same_actor_as_the_bearer_token(site: Site) -> None:
    arrived = await site.walk("/me")
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/me")
    assert (await site.browser.get("/me")).json() == ME
    bearer = site.minter.access_token(IDENTITY, ["force-analyst"], "kent")
    answer = await httpx.AsyncClient(transport=site.browser._transport, base_url=SITE).get(
        "/me", headers={"Authorization": f"Bearer {bearer}"}
    )
    assert answer.json() == ME


async def test_cookies_are_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    sent = await site.browser.get("/signin")
    arrived = await site.walk()
    for cookie in (sent.headers["set-cookie"], arrived.headers.get_list("set-cookie")[0]):
        assert re.search("HttpOnly", cookie, re.IGNORECASE)
        assert re.search("SameSite=lax", cookie, re.IGNORECASE)
        assert re.search("Secure", cookie, re.IGNORECASE)
    assert "kent" not in arrived.headers["set-cookie"]


async def test_page_without_a_session_leads_to_sign_in_and_data_does_not(site: Site) -> None:
    page = await site.browser.get("/page", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/signin?next=/page")
    assert (await site.browser.get("/page")).status_code == 401


async def test_page_has_a_strict_policy_with_a_fresh_nonce(site: Site) -> None:
    await site.walk()
    pages = [await site.browser.get("/page") for _ in range(2)]
    policies = [page.headers["Content-Security-Policy"] for page in pages]
    assert policies[0] != policies[1]
    assert "default-src 'none'" in policies[0]
    assert "unsafe-inline" not in policies[0]
    nonce = re.search("nonce=(.*?)>", pages[0].text)
    assert nonce is not None
    assert f"'nonce-{nonce[1]}'" in policies[0]


async def test_form_needs_the_sessions_token(site: Site) -> None:
    await site.walk()
    token = site.csrf_token()
    for data, headers in (({}, {}), ({"csrf_token": "x"}, {}), ({}, {"X-CSRF-Token": "ä"})):
        answer = await site.browser.post("/form", data=data, headers=_latin(headers))
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf-token-wrong")
    for data, headers in (({"csrf_token": token}, {}), ({}, {"X-CSRF-Token": token})):
        answer = await site.browser.post("/form", data=data, headers=headers)
        assert answer.json() == {"done": IDENTITY}


def _latin(headers: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode("latin-1") for name, value in headers.items()}


async def test_sign_out_needs_the_token_too_and_ends_the_session(site: Site) -> None:
    await site.walk()
    assert (await site.browser.post("/signout")).status_code == 403
    answer = await site.browser.post("/signout", data={"csrf_token": site.csrf_token()})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await site.browser.get("/me")).status_code == 401


async def test_callback_without_our_attempt_is_refused(site: Site) -> None:
    back = await site.choose("/page", IDENTITY)
    site.browser.cookies.clear()
    answer = await site.browser.get(back)
    assert (answer.status_code, answer.json()["code"]) == (400, "sign-in-failed")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"state": "forged"}, "state"),
        ({"iss": "https://foreign.test"}, "iss"),
        ({"code": "guessed"}, None),
    ],
)
async def test_callback_that_was_tampered_with_is_refused(
    site: Site, change: dict[str, str], field: str | None
) -> None:
    url = httpx.URL(await site.choose("/page", IDENTITY)).copy_merge_params(change)
    answer = await site.browser.get(url)
    assert (answer.status_code, answer.json()["code"]) == (400, "sign-in-failed")
    assert answer.json().get("field") == field
    assert (await site.browser.get("/me")).status_code == 401


async def test_callback_works_once(site: Site) -> None:
    back = await site.choose("/page", IDENTITY)
    assert (await site.browser.get(back)).status_code == 303
    assert (await site.browser.get(back)).status_code == 400


async def test_cookie_that_is_not_ours_is_no_session(site: Site) -> None:
    await site.walk()
    cookie = site.browser.cookies["__Host-npp-session"]
    attempt = SEALER.seal("attempt", {"sub": "x", "roles": [], "force": "kent"}, 60)
    expired = SEALER.seal("session", {"sub": "x", "roles": [], "force": "kent"}, -1)
    for value in ("", "x", "a.b.c.d.e", cookie[:-2] + "AA", attempt, expired, "x" * 5_000):
        answer = await httpx.AsyncClient(transport=site.browser._transport, base_url=SITE).get(
            "/me", headers={"Cookie": f"__Host-npp-session={value}"}
        )
        assert answer.status_code == 401


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.test",
        "//evil.test",
        "/\\evil.test",
        "/a\\b",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x",
        "/\t/evil.test",
        "",
        "/" + "x" * 2_000,
    ],
)
def test_own_path_leads_nowhere_else(wanted: str) -> None:
    assert own_path(wanted) == "/"


def test_secret_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="SESSION_SECRET"):
        Sealer("short")


def test_own_path_keeps_path_and_query() -> None:
    assert own_path("/figures?force=kent#top") == "/figures?force=kent#top"


def test_what_is_sealed_without_a_date_opens_for_its_use_alone() -> None:
    sealed = SEALER.seal("kept", {"a": "b"}, None)
    assert SEALER.open("kept", sealed) == {"a": "b", "use": "kept"}
    assert SEALER.open("session", sealed) is None


async def test_session_is_too_small_for_endless_roles(site: Site) -> None:
    sealed = SEALER.seal("session", {"roles": ["role"] * 1_000}, 60)
    assert len(sealed) > 3_800
    assert SEALER.open("session", sealed) is None
