"""Chinese first, English by switch, whatever the browser says."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_browser_that_prefers_english_still_sees_chinese_first(client: Client) -> None:
    response = client.get("/", headers={"accept-language": "en-US,en;q=0.9"})
    assert response.headers["Content-Language"] == "zh-hans"


def test_the_switch_is_remembered(client: Client) -> None:
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    assert client.get("/").headers["Content-Language"] == "en"


def test_a_tampered_language_cookie_is_ignored(client: Client) -> None:
    client.cookies["django_language"] = "../../etc"
    assert client.get("/").headers["Content-Language"] == "zh-hans"
