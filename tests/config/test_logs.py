"""Secrets and card codes never reach a log."""

from __future__ import annotations

import pytest

from config.logs import HIDDEN, hide_secrets


@pytest.mark.parametrize(
    "key",
    ["password", "api_secret", "X-Api-Key".lower().replace("-", "_"), "card_pwd", "access_token"],
)
def test_a_secret_is_hidden_by_its_key_at_any_depth(key: str) -> None:
    event = hide_secrets(None, "info", {"event": "x", "outer": [{"inner": {key: "hunter2"}}]})
    assert "hunter2" not in str(event)
    assert HIDDEN in str(event)


def test_what_is_no_secret_stays_readable() -> None:
    event = hide_secrets(None, "info", {"event": "outcome", "order_no": "260101", "status": "paid"})
    assert event == {"event": "outcome", "order_no": "260101", "status": "paid"}
