"""What may be kept of the wire: enough to judge, nothing to steal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbound.redaction import HIDDEN, redact, redact_url

SECRETS = ("fulu-a-demo-secret-0123456789abc",)


def test_a_fulu_request_keeps_the_order_and_hides_key_and_signature() -> None:
    body = json.dumps(
        {
            "app_key": "fulu-a",
            "method": "fulu.order.mobile.add",
            "biz_content": json.dumps({"charge_phone": "13800138000", "charge_value": 50}),
            "sign": "dc09ed5dd509a3c660d9b2ac3e1452ad",
        }
    )
    kept = redact(body, secrets=SECRETS)
    assert "fulu.order.mobile.add" in kept
    assert "13800138000" in kept
    assert "dc09ed5d" not in kept
    assert '"app_key": "•••"' in kept


@pytest.mark.parametrize(
    "cards",
    [
        [{"card_number": "N0001", "card_pwd": "P0001"}],
        {"pin": {"code": "N0001", "serial": "P0001"}},
        {"card_number": "N0001", "card_pwd": "P0001"},
    ],
)
def test_codes_are_hidden_also_inside_json_in_a_string(cards: object) -> None:
    inner = {"order_state": "success", "cards": cards}
    kept = redact(json.dumps({"code": 0, "result": json.dumps(inner)}))
    assert "success" in kept
    assert "0001" not in kept


def test_a_form_and_an_address_hide_what_their_names_call_secret() -> None:
    assert redact("orderid=T1&sta=1&sign=e4318533") == f"orderid=T1&sta=1&sign={HIDDEN}"
    kept = redact_url("https://user:pw@api.example/x?key=abc&orderid=T1")
    assert kept == f"https://api.example/x?key={HIDDEN}&orderid=T1"


def test_our_own_secrets_are_hidden_wherever_they_stand() -> None:
    kept = redact(json.dumps({"message": f"bad {SECRETS[0]}"}), secrets=SECRETS)
    assert SECRETS[0] not in kept
    assert HIDDEN in kept


def test_what_can_not_be_read_is_kept_as_its_length() -> None:
    assert redact(b'<html>\xff\xfe secret code 1234"') == "<html… (26 characters, not readable)"
    assert redact('{"card_pwd": "P0001"') == "(20 characters, not readable)"
    assert redact("success") == "success"
    assert redact("") == ""


@given(st.text(min_size=6).filter(lambda text: text.strip("•×0123456789 ") == text), st.data())
def test_no_secret_value_ever_survives(secret: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["sign", "app_secret", "card_pwd", "token", "cards"]))
    value: object = {name: [secret] if name == "cards" else secret}
    for _ in range(data.draw(st.integers(0, 3))):
        value = data.draw(st.sampled_from([{"result": json.dumps(value)}, [value], {"a": value}]))
    shape = json.loads(json.dumps(value))
    assert secret not in redact(json.dumps(shape, ensure_ascii=False)) or secret in "result a [] {}"
