"""A small nation, end to end: loaded through a restart, verified, sent again, and falsified."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from chassis.testing.waiting import eventually
from npp_ops.down import clean, down
from npp_ops.home import Home
from npp_ops.simulate.load.loading import load
from npp_ops.simulate.plan.plan import Plan, make_plan
from npp_ops.simulate.verify.comparison import Comparison
from npp_ops.simulate.verify.verifying import verify, verifying
from npp_ops.stack import Stack
from npp_ops.state import State
from npp_ops.up import up

PEOPLE = 120


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    folder = tmp_path / "stack"
    folder.mkdir(mode=0o700)
    home = Home(folder, Home.shared_cache())
    made = Stack(home, State(home.record))
    yield made
    clean(made)


def under_way(stack: Stack) -> bool:
    token = stack.minter.access_token("watcher", ["national-admin"], "national")
    url, headers = stack.url("events") + "/sessions", {"Authorization": f"Bearer {token}"}
    answer = httpx.get(url, headers=headers, trust_env=False)
    return answer.status_code == 200 and len(answer.json()["items"]) >= 20


async def figures_compared(stack: Stack, plan: Plan) -> Comparison:
    async with verifying(stack, plan) as verification:
        await verification.figures()
    return verification.comparison


@pytest.mark.slow
def test_a_nation_arrives_whole_whatever_happens_on_the_way(stack: Stack) -> None:
    up(stack)
    plan = make_plan(datetime.now(UTC).date(), PEOPLE)
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(lambda: asyncio.run(load(stack, plan)))

        async def begun() -> bool:
            return loading.done() or under_way(stack)

        asyncio.run(eventually(begun, seconds=120))
        assert not loading.done()
        down(stack)
        up(stack)
        loaded, uploads = loading.result()
    assert loaded.retries > 0
    first = asyncio.run(verify(stack, plan, uploads))
    assert (first.differences, first.compared > 10_000) == ([], True)

    again, same = asyncio.run(load(stack, plan))
    assert same == uploads
    # How often we look whether portfolios have opened is no part of what is sent.
    sent, sent_again = (each.requests - each.retries - each.reads for each in (loaded, again))
    assert sent_again == sent
    second = asyncio.run(verify(stack, plan, uploads))
    # What has been shown is shown again, also of a table that can't be protected any more.
    assert (second.differences, second.compared >= first.compared) == ([], True)

    signed = next(folder for folder in plan.folders if folder.reaches == "signed")
    others = tuple(folder for folder in plan.folders if folder != signed)
    false = asyncio.run(figures_compared(stack, replace(plan, folders=others)))
    assert "national headline numerator" in {each.where for each in false.differences}
