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
