"""The signing bench in a browser: the secret stays there; without script the server signs alike."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from kameng.demo import demo_keys
from outbound.signing import Signable, signature
from tests.e2e.conftest import NewPerson
from tests.e2e.steps import log_in

pytestmark = pytest.mark.e2e
KEY = demo_keys()["yiji"]
REQUEST = Signable("GET", "/api/v1/account", "1795478402", "0123456789abcdef", b"")


def fill_in(page: Page, *, at: str = "", nonce: str = "") -> None:
    page.goto("/kameng/developer/signing/")
    page.locator("[name=key_id]").fill(KEY.key_id)
    page.locator("[name=secret]").fill(KEY.secret)
    page.locator("[name=timestamp]").fill(at)
    page.locator("[name=nonce]").fill(nonce)


@pytest.mark.parametrize("script", [True, False])
def test_it_signs_and_reads_with_and_without_script(person: NewPerson, script: bool) -> None:
    page = person(script=script)
    log_in(page, "yiji", to="/kameng/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))

    fill_in(page, at=REQUEST.timestamp, nonce=REQUEST.nonce)
    page.get_by_role("button", name="签名", exact=True).click()
    expect(page.locator("[data-signing-signature]")).to_have_text(signature(KEY.secret, REQUEST))

    fill_in(page)
    page.get_by_role("button", name="签名并发送").click()
    expect(page.locator("[data-signing-status]")).to_contain_text("200")
    expect(page.locator("[data-signing-body]")).to_contain_text('"username": "yiji"')
    assert any(KEY.secret in body for body in sent) is not script
