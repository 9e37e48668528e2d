"""Juhe: the documented vectors, and what only this protocol has."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from suppliers.adapters import juhe_wire as wire
from suppliers.adapters.base import CallbackRequest, SubmitRequest, SupplierConfig
from suppliers.adapters.juhe import JuheAdapter
from suppliers.outcomes import OutcomeKind
from tests.listeners import Listener, Received, listening

NUMBER = "T20240101000001"
OPENID, KEY = "JHdemoopenid0001", "demokey0001"


def test_the_signatures_are_the_documented_ones() -> None:
    order = wire.order_signature(
        openid=OPENID, key=KEY, phone="13800138000", amount="50", number=NUMBER
    )
    balance = wire.balance_signature(openid=OPENID, key=KEY, timestamp="1704081600")
    callback = wire.callback_signature(key=KEY, their_number="J24010112000001", number=NUMBER)

    assert order == "e4318533c88fff44da6ea41f81d79b9b"
    assert balance == "3f41689a47138a2fe11ed2d6d3dd8829"
    assert callback == "1023bebd72a920ef392b4d8d8c0ba59d"


@pytest.fixture
def server() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def juhe(url: str, **options: str) -> JuheAdapter:
    return JuheAdapter(
        SupplierConfig(
            code="juhe",
            base_url=f"{url}/ofpay/mobile/",
            options=options,
            secrets={"key": KEY, "openid": OPENID},
            read_timeout_seconds=1,
        )
    )


def fifty(**changes: object) -> SubmitRequest:
    wanted = {
        "fulfilment_no": NUMBER,
        "kind": "topup",
        "offer_ref": "",
        "face_value": Decimal(50),
        "quantity": 1,
        "account": {"phone": "13800138000"},
    }
    return SubmitRequest(**(wanted | changes))  # type: ignore[arg-type]


def says(code: int, result: str = "null") -> tuple[int, bytes]:
    return 200, f'{{"reason": "r", "result": {result}, "error_code": {code}}}'.encode()


def scripted(server: Listener, **answers: tuple[int, bytes]) -> None:
    """Answer each call by its name; everything else as a wrong order number."""

    def answer(request: Received) -> tuple[int, bytes]:
        return answers.get(request.path.rpartition("/")[2], says(208509))

    server.answer = answer


def test_an_order_is_a_signed_form(server: Listener) -> None:
    scripted(server, onlineorder=says(0, f'{{"uorderid": "{NUMBER}", "sporder_id": "J1"}}'))

    outcome = juhe(server.base_url).submit(fifty())

    assert (outcome.kind, outcome.supplier_order_no) == (OutcomeKind.ACCEPTED, "J1")
    assert server.received[0].path == "/ofpay/mobile/onlineorder"
    assert server.received[0].form == {
        "phoneno": "13800138000",
        "cardnum": "50",
        "orderid": NUMBER,
        "key": KEY,
        "sign": "e4318533c88fff44da6ea41f81d79b9b",
    }


def test_an_order_that_is_answered_as_done_is_only_accepted(server: Listener) -> None:
    scripted(server, onlineorder=says(0, f'{{"uorderid": "{NUMBER}", "game_state": "1"}}'))
    assert juhe(server.base_url).submit(fifty()).kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize("code", [208501, 208503, 208505, 208506, 208514, 208515, 208517])
def test_a_definite_refusal_is_confirmed_by_a_query(server: Listener, code: int) -> None:
    scripted(server, onlineorder=says(code))
    assert juhe(server.base_url).submit(fifty()).kind is OutcomeKind.REJECTED

    scripted(server, onlineorder=says(code), ordersta=says(0, '{"game_state": "1"}'))
    assert juhe(server.base_url).submit(fifty()).kind is OutcomeKind.DELIVERED

    for unclear in (208510, 208513, 10014):
        scripted(server, onlineorder=says(code), ordersta=says(unclear))
        assert juhe(server.base_url).submit(fifty()).kind is OutcomeKind.UNKNOWN


@pytest.mark.parametrize("code", [208502, 208504, 208507, 208508, 208516, 10014, 99999])
def test_what_says_nothing_is_unknown_until_the_query_says_more(
    server: Listener, code: int
) -> None:
    scripted(server, onlineorder=says(code))
    assert juhe(server.base_url).submit(fifty()).kind is OutcomeKind.UNKNOWN


@pytest.mark.parametrize("code", [208509, 208510, 208513, 10014])
def test_a_failed_query_is_never_a_failure(server: Listener, code: int) -> None:
    scripted(server, ordersta=says(code))
    outcome = juhe(server.base_url).query(NUMBER)
    assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, str(code))


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("0", OutcomeKind.ACCEPTED),
        ("1", OutcomeKind.DELIVERED),
        ("9", OutcomeKind.REJECTED),
        ("7", OutcomeKind.ACCEPTED),
    ],
)
def test_a_query_reads_the_state(server: Listener, state: str, kind: OutcomeKind) -> None:
    answer = f'{{"uordercash": "49.250", "sporder_id": "J1", "game_state": "{state}"}}'
    scripted(server, ordersta=says(0, answer))

    outcome = juhe(server.base_url).query(NUMBER)

    assert outcome.kind is kind
    assert outcome.cost == (Decimal("49.25") if kind is OutcomeKind.DELIVERED else None)


@pytest.mark.parametrize(
    "request_",
    [
        fifty(face_value=Decimal("50.5")),
        fifty(face_value=Decimal(200)),  # not for sale here
        fifty(quantity=7),
        fifty(account={}),
        fifty(account={"phone": "1380013800x"}),
        fifty(offer_ref="100"),
        fifty(kind="card"),
    ],
)
def test_what_it_can_not_sell_is_refused_unsent(server: Listener, request_: SubmitRequest) -> None:
    outcome = juhe(server.base_url).submit(request_)
    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, "unsendable")
    assert server.received == []


def test_amounts_and_the_field_of_the_balance_are_options(server: Listener) -> None:
    scripted(
        server,
        onlineorder=says(0, f'{{"uorderid": "{NUMBER}"}}'),
        yue=says(0, '{"uid": "u", "cash": "12.30"}'),
    )
    adapter = juhe(server.base_url, amounts="5, 50", balance_field="cash")
    assert adapter.submit(fifty(face_value=Decimal(5))).kind is OutcomeKind.ACCEPTED
    assert adapter.balance() == Decimal("12.30")
    assert juhe(server.base_url).check().problem == "no_balance"


def test_a_price_list_takes_the_dearest_carrier_and_leaves_out_what_is_not_for_sale(
    server: Listener,
) -> None:
    prices = {"13800138000": "9.8", "18600138000": "9.9"}

    def answer(request: Received) -> tuple[int, bytes]:
        form = request.form
        if form["cardnum"] == "30":
            return says(208501)
        price = prices[form["phoneno"]]
        return says(0, f'{{"cardname": "n", "inprice": {price}}}')

    server.answer = answer
    products = juhe(
        server.base_url, sample_phones="13800138000,18600138000", amounts="30,10"
    ).products()

    assert products is not None
    assert [(p.ref, p.cost, p.is_available) for p in products] == [
        ("10", Decimal("9.9"), True),
        ("30", Decimal("30"), False),
    ]
    assert juhe(server.base_url).products() is None, "nothing to ask with"


def test_a_callback_is_only_a_reason_to_query() -> None:
    form = {
        "sporder_id": "J24010112000001",
        "orderid": NUMBER,
        "sta": "1",
        "sign": "1023bebd72a920ef392b4d8d8c0ba59d",
    }
    for state in ("1", "9"):
        result = juhe("http://x").parse_callback(
            CallbackRequest("POST", {}, form | {"sta": state}, {}, b"")
        )
        assert (result.fulfilment_no, result.outcome, result.reply) == (NUMBER, None, "success")
