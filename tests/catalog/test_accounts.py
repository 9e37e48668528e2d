"""The account to be charged: whatever is sent, the answer is clean text or a message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.accounts import clean_account
from catalog.errors import AccountInvalid
from catalog.models import AccountField

PHONE = AccountField(name="phone", label="手机号码", kind="mobile", min_length=11, max_length=11)
QQ = AccountField(name="account", label="QQ号", kind="digits", min_length=5, max_length=12)
EMAIL = AccountField(name="email", label="邮箱", kind="email", max_length=60)
SERVER = AccountField(name="server", label="区服", kind="text", min_length=2, max_length=20)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def errors_of(fields: list[AccountField], raw: object) -> dict[str, str]:
    with pytest.raises(AccountInvalid) as refused:
        clean_account(fields, raw)  # type: ignore[arg-type]  # as it comes from JSON
    return {name: str(message) for name, message in refused.value.errors.items()}


@pytest.mark.parametrize(
    "typed",
    [
        "13826507719",
        " 138 2650 7719 ",
        "+86-138-2650-7719",
        "１３８２６５０７７１９",
        "\u202d13826507719\u202c",
    ],
)
def test_a_mobile_number_is_understood_as_people_write_and_paste_it(typed: str) -> None:
    assert clean_account([PHONE], {"phone": typed}) == {"phone": "13826507719"}


def test_fields_come_back_clean_and_in_their_order() -> None:
    raw = {"server": " 一区　电信 ", "email": "a@example.com", "account": "１２３４５６"}
    assert clean_account([QQ, SERVER, EMAIL], raw) == {
        "account": "123456",
        "server": "一区 电信",
        "email": "a@example.com",
    }
    assert list(clean_account([QQ, SERVER, EMAIL], raw)) == ["account", "server", "email"]


def test_every_wrong_field_gets_its_own_message() -> None:
    raw = {"phone": "110", "account": "12ab56", "email": "nobody", "servre": "x"}
    assert errors_of([PHONE, QQ, EMAIL, SERVER], raw) == {
        "phone": "This is not a mainland mobile number: 11 digits, starting with 13 to 19.",
        "account": "Digits only, please.",
        "email": "This is not an email address.",
        "server": "This is needed.",
        "servre": "This product has no such field.",
    }


@pytest.mark.parametrize("value", [13826507719, ["13826507719"], {"a": 1}, True, 1.5])
def test_a_value_that_is_no_text_is_told(value: object) -> None:
    assert errors_of([PHONE], {"phone": value}) == {"phone": "Give this as text."}


@pytest.mark.parametrize("raw", [[], "phone", None, 7])
def test_an_account_that_is_no_object_is_told(raw: object) -> None:
    assert errors_of([PHONE], raw) == {"account": "Give the account as an object of its fields."}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("a", "At least 2 characters"),
        ("x" * 21, "At most 20 characters"),
        ("x" * 100_000, "At most 20 characters"),
        ("two\nlines", "one line"),
        ("bell\x07", "can't be printed"),
        ("\ud800", "can't be printed"),
        ("\u202e\u202e", "needed"),
        ("   ", "needed"),
    ],
)
def test_hostile_text_is_told(value: str, said: str) -> None:
    assert said in errors_of([SERVER], {"server": value})["server"]


def test_a_flood_of_unknown_fields_is_not_echoed_back() -> None:
    errors = errors_of([], {f"{i}" + "x" * 1000: 1 for i in range(1000)})
    assert len(errors) == 10
    assert max(map(len, errors)) <= 64


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first text builds Unicode tables
@given(st.dictionaries(st.sampled_from(["phone", "account", "email", "server", "x"]), json_values))
def test_anything_at_all_is_either_clean_or_told(raw: dict[str, Any]) -> None:
    fields = [PHONE, QQ, EMAIL, SERVER]
    try:
        clean = clean_account(fields, raw)
    except AccountInvalid as error:
        told = error.errors
    else:
        assert list(clean) == [field.name for field in fields]
        return
    assert told
    assert all(str(message) for message in told.values())


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1, max_size=40))
def test_what_is_accepted_is_one_printable_line_and_stays_the_same(value: str) -> None:
    field = AccountField(name="f", kind="text", min_length=1, max_length=40)
    try:
        once = clean_account([field], {"f": value})
    except AccountInvalid:
        return
    assert once["f"].isprintable()
    assert clean_account([field], once) == once
