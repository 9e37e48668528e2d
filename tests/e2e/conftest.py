from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.product import Product, whole_product

# Playwright's event loop would make Django refuse its synchronous parts in the same thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
PATIENCE_MS = 60_000
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}

# What htmx logs when the next key is typed before the last one's answer is there: wanted.
REPLACED_REQUEST = ("htmx:afterRequest", "htmx:sendAbort")

NewPerson = Callable[..., Page]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium where there is one."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    extra = {"executable_path": chromium} if chromium else {}
    return {**browser_type_launch_args, **extra, "args": ["--no-sandbox"]}


@pytest.fixture(scope="package")
def product() -> Iterator[Product]:
    """One product for all browser tests; when they are through, its books must be clean."""
    with whole_product() as running:
        yield running
        assert running.books_are_clean()
        assert "Traceback" not in running.running.log.read_text()


@pytest.fixture
def person(browser: Browser, product: Product) -> Iterator[NewPerson]:
    """`person()` is somebody new at a browser: nothing remembered, nothing logged in.

    Whatever the test is about, no page may leave an error on the console.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(REPLACED_REQUEST):
            complaints.append(f"{message.location.get('url')}: {message.text}")

    def arrive(*, on_phone: bool = False, script: bool = True) -> Page:
        context = browser.new_context(
            base_url=product.base_url,
            locale="zh-CN",
            viewport=PHONE if on_phone else DESK,  # type: ignore[arg-type]
            has_touch=on_phone,
            is_mobile=on_phone,
            java_script_enabled=script,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    expect.set_options(timeout=PATIENCE_MS)
    yield arrive
    for context in contexts:
        context.close()
    assert complaints == []
