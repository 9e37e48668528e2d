"""Error pages come whatever was sent."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"x=" + b"y" * 3 * 1024 * 1024, "application/x-www-form-urlencoded"),
        (b"broken", "multipart/form-data; boundary="),
        (b"--b\r\nbroken", "multipart/form-data; boundary=b"),
        (b"&" * 5000, "application/x-www-form-urlencoded"),
    ],
)
def test_an_unreadable_body_to_an_unknown_address_is_simply_not_found(client, body, kind) -> None:
    answer = client.generic("POST", "/no/such/page/", body, content_type=kind)
    assert answer.status_code == 404
    assert 'data-brand="retail"' in answer.content.decode()


def test_a_request_for_another_host_is_refused_to_a_person_by_a_page(client) -> None:
    answer = client.get("/", headers={"host": "evil example"})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "evil" not in answer.text


@pytest.mark.parametrize(("language", "word"), [("en", "Host header"), ("zh-CN", "Host")])
def test_a_request_for_another_host_is_refused_to_a_program_by_a_problem(
    client, language, word
) -> None:
    for path in ("/api/v1/account", "/api/v1/orders", "/api/nonsense"):
        answer = client.get(path, headers={"host": "evil example", "accept-language": language})
        assert (answer.status_code, answer.headers["Content-Type"]) == (
            400,
            "application/problem+json",
        )
        assert answer.json()["code"] == "bad_request"
        assert word in answer.json()["detail"]


def test_a_host_that_is_not_ours_is_refused_too(client, settings) -> None:
    settings.ALLOWED_HOSTS = ["shop.example.com"]
    answer = client.get("/api/v1/account", headers={"host": "other.example.com"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert client.get("/", headers={"host": "other.example.com"}).status_code == 400
