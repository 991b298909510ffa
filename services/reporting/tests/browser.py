"""The service on a real port, and Debian's Chromium looking at it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, Page, async_playwright

from chassis.testing.waiting import eventually
from npp_ops.checks.chromium import chromium

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The app's address on loopback."""
    listening = socket.create_server(("127.0.0.1", 0))
    settings = uvicorn.Config(app, lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(settings)
    serving = asyncio.create_task(server.serve([listening]))

    async def started() -> bool:
        return server.started

    await eventually(started)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listening.close()


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("NO CHROMIUM: the page was not looked at")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def opened(
    browser: Browser,
    headers: dict[str, str],
    width: int = 1280,
    *,
    but: str = "no such complaint",
    **options: Any,
) -> AsyncIterator[Page]:
    """A page of somebody with these headers; what the browser complains of fails the test.

    but: words of a complaint that is expected, as of a form that comes back with its errors.
    """
    size: Any = {"width": width, "height": 900}
    context = await browser.new_context(extra_http_headers=headers, viewport=size, **options)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
        assert [each for each in complaints if but not in each] == []
    finally:
        await context.close()
