"""The shop as an app: installable, light, and nothing private in what the browser keeps."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.kalegou import shop

pytestmark = pytest.mark.django_db

WIRE = {"Accept-Encoding": "gzip"}
MOST_BYTES = 100_000
# What a response's status line and headers take, generously.
HEADERS = 700


def test_the_manifest_names_icons_that_are_there(client) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer.headers["Content-Type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["start_url"], manifest["display"]) == ("/?from=app", "standalone")
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        path = finders.find(icon["src"].removeprefix("/static/"))
        assert path
        with open(path, "rb") as file:  # width and height stand at byte 16 of every PNG
            head = file.read(24)
        size = int.from_bytes(head[16:20])
        assert f"{size}x{int.from_bytes(head[20:24])}" == icon["sizes"]
    for shortcut in manifest["shortcuts"]:
        assert client.get(shortcut["url"]).status_code == 200


def test_the_worker_keeps_one_page_that_is_the_same_for_everybody(client) -> None:
    worker = client.get("/worker.js")
    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert "no-cache" in worker.headers["Cache-Control"]
    kept = re.search(r"const KEPT = \[(.*?)\]", worker.content.decode())
    offline = re.search(r'const OFFLINE = "(.*?)"', worker.content.decode())
    assert kept
    assert offline
    pages = [one for one in re.findall(r'"(.*?)"', kept[1]) if not one.startswith("/static/")]
    assert pages == []  # OFFLINE is the only one
    as_guest = client.get(offline[1]).content
    shop.log_in(client, shop.make_member("77"))
    assert client.get(offline[1]).content == as_guest
    assert b"csrf" not in as_guest


def transferred(client: Client, page: str) -> int:
    """Bytes over the wire for a first visit: the page, its styles, scripts and icon, gzipped."""
    answer = client.get(page, headers=WIRE)
    assert answer.status_code == 200, page
    assert answer.headers["Content-Encoding"] == "gzip"
    total = len(answer.content) + HEADERS
    html = client.get(page).content.decode()
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', html))
    assert any(file.endswith("app.css") for file in files)
    for file in [*files, "/manifest.webmanifest"]:
        got = client.get(file, headers=WIRE)
        assert got.status_code == 200, file
        body = b"".join(got.streaming_content) if got.streaming else got.content  # type: ignore[attr-defined]
        total += len(body) + HEADERS
    return total


@pytest.mark.usefixtures("demo_shop")
def test_every_page_of_the_shop_is_light(client) -> None:
    pages = [
        "/",
        "/kalegou/topup/",
        "/kalegou/products/",
        "/kalegou/products/?scene=media",
        "/kalegou/products/jd/",
        "/kalegou/promises/",
        "/kalegou/help/",
        "/kalegou/orders/",
        "/account/login/",
    ]
    heavy = {page: size for page in pages if (size := transferred(client, page)) > MOST_BYTES}
    assert heavy == {}
    shop.log_in(client, shop.make_member("100"))
    for page in ("/", "/kalegou/account/", "/kalegou/account/wallet/"):
        assert transferred(client, page) <= MOST_BYTES


@pytest.fixture
def demo_shop() -> None:
    """The demo world's goods and scenes."""
    from catalog.demo import load_catalogue
    from kalegou.demo_shop import load_scenes
    from suppliers.demo import load_suppliers

    load_catalogue()
    load_suppliers()
    load_scenes()


def test_pages_are_kept_by_no_cache_on_the_way(client) -> None:
    shop.log_in(client, shop.make_member("100"))
    for page in ("/", "/kalegou/account/", "/kalegou/orders/", "/kalegou/account/wallet/"):
        said = client.get(page).headers["Cache-Control"]
        assert "private" in said, page
        assert "no-cache" in said, page
