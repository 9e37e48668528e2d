"""The protocol's published and computed vectors."""

from __future__ import annotations

import pytest

from suppliers.adapters import fulu_wire as wire
from suppliers.adapters.base import CallbackRefused, CallbackRequest, SupplierConfig
from suppliers.adapters.fulu import FuluAdapter
from tests.suppliers.conftest import fulu

SECRET = "0123456789abcdef0123456789abcdef"


def test_a_request_is_signed_as_in_the_documentation() -> None:
    content = {
        "product_id": 10000001,
        "customer_order_no": "T20240101000001",
        "charge_account": "13800138000",
        "buy_num": 1,
    }
    body = {
        "app_key": "demoKey+/01",
        "method": "fulu.order.direct.add",
        "timestamp": "2024-01-01 12:00:00",
        "version": "2.0",
        "format": "json",
        "charset": "utf-8",
        "sign_type": "md5",
        "app_auth_token": "",
        "biz_content": wire.compact(content),
    }

    assert wire.sign(wire.compact(body), SECRET) == "dc09ed5dd509a3c660d9b2ac3e1452ad"


def test_an_answer_is_verified_as_in_the_documentation() -> None:
    result = (
        '{"order_id":"24010100000000000001","customer_order_no":"T20240101000001",'
        '"order_state":"untreated"}'
    )

    assert wire.is_signed(result, SECRET, "8e702bcef22c68430164bda23704345a")
    assert wire.is_signed(result, SECRET, "8E702BCEF22C68430164BDA23704345A")
    assert not wire.is_signed(result, SECRET, "8e702bcef22c68430164bda23704345b")
    assert not wire.is_signed(result, SECRET, "é")


def test_a_card_is_encrypted_as_in_the_documentation() -> None:
    assert wire.encrypt("CARD-0001-ABCD", SECRET) == "eVCQO5u9aKchSbzho1qQvQ=="
    assert wire.decrypt("eVCQO5u9aKchSbzho1qQvQ==", SECRET) == "CARD-0001-ABCD"


@pytest.mark.parametrize("text", ["", "not base64!", "AAAA", "eVCQO5u9aKchSbzho1qQvA=="])
def test_an_unreadable_card_says_nothing_of_itself(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a card can't be decrypted$"):
        wire.decrypt(text, SECRET)


CALLBACK = {
    "order_id": "24010100000000000001",
    "charge_finish_time": "2024-01-01 12:00:05",
    "customer_order_no": "T20240101000001",
    "order_status": "success",
    "recharge_description": "充值成功",
    "product_id": "10000001",
    "price": "9.9500",
    "buy_num": "1",
    "operator_serial_number": "",
}


def call(**places: dict[str, str]) -> CallbackRequest:
    return CallbackRequest(
        method="POST",
        query=places.get("query", {}),
        form=places.get("form", {}),
        headers={},
        body=b"",
    )


def signed(fields: dict[str, str], app_key: str = "fulu-a") -> dict[str, str]:
    secret = fulu("http://x", app_key).config.secrets["app_secret"]
    return fields | {"sign": wire.sign(wire.compact(fields), secret)}


def test_the_documented_callback_has_the_documented_signature() -> None:
    assert wire.sign(wire.compact(CALLBACK), SECRET) == "0bf65d7d7ea96009899928acae278ced"


@pytest.mark.parametrize("place", ["form", "query"])
def test_a_callback_may_come_as_form_or_query(place: str) -> None:
    result = fulu("http://x").parse_callback(call(**{place: signed(CALLBACK)}))

    assert result.fulfilment_no == "T20240101000001"
    assert result.reply == "success"
    assert result.outcome is None


def test_a_signature_that_fits_moved_letters_decides_nothing() -> None:
    """The vendor's signature sorts characters: it fits another number of the same digits."""
    stolen = signed(CALLBACK) | {"customer_order_no": "T10000010104202"}

    result = fulu("http://x").parse_callback(call(form=stolen))

    assert result.outcome is None


def test_without_a_secret_nothing_is_believed() -> None:
    adapter = FuluAdapter(SupplierConfig(code="x", base_url="http://x", secrets={"app_key": "x"}))
    unsigned = CALLBACK | {"sign": wire.sign(wire.compact(CALLBACK), "")}
    with pytest.raises(CallbackRefused):
        adapter.parse_callback(call(form=unsigned))


@pytest.mark.parametrize(
    "fields",
    [
        CALLBACK,  # no signature
        CALLBACK | {"sign": "0" * 32},
        signed(CALLBACK, "fulu-b"),  # another supplier's key
        signed(CALLBACK) | {"order_status": "failed"},
        signed(CALLBACK) | {"extra": "1"},
        {},
    ],
)
def test_a_callback_that_is_not_signed_right_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(CallbackRefused):
        fulu("http://x").parse_callback(call(form=fields))


def test_a_state_that_is_not_final_is_only_a_reason_to_query() -> None:
    result = fulu("http://x").parse_callback(
        call(form=signed(CALLBACK | {"order_status": "processing"}))
    )

    assert (result.fulfilment_no, result.outcome) == ("T20240101000001", None)


def test_a_goods_notice_is_answered_and_names_no_order() -> None:
    notice = {"product_id": "10000001", "changed_type": "2", "product_price": "9.1000"}

    result = fulu("http://x").parse_callback(call(form=signed(notice)))

    assert (result.fulfilment_no, result.outcome, result.reply) == ("", None, "success")


def test_secrets_stay_out_of_reprs() -> None:
    adapter = fulu("http://x")

    assert adapter.config.secrets["app_secret"] not in repr(adapter.config) + repr(adapter)
