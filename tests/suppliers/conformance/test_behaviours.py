"""What the contract's numbers do, through every protocol."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from suppliers.outcomes import OutcomeKind
from suppliers.pricelists.reading import read_list
from tests.suppliers.conformance.conftest import World

TAKEN = {OutcomeKind.ACCEPTED, OutcomeKind.DELIVERED}


def test_an_ordinary_number_is_accepted_and_then_delivered(world: World) -> None:
    request = world.topup("8000")

    assert world.adapter().submit(request).kind in TAKEN
    outcome = world.queried_until(request, OutcomeKind.DELIVERED)

    expected = 50 * world.account.phone_rate
    assert outcome.cost is not None
    assert abs(outcome.cost - expected) < Decimal("0.05"), "the cost is told in CNY"
    assert outcome.supplier_order_no
    record = world.record(request)
    assert (record["delivered_count"], record["charged_count"]) == (1, 1)
    assert record["account"] == "13800138000"


def test_0001_is_refused_definitely(world: World) -> None:
    request = world.topup("0001")

    outcome = world.adapter().submit(request)

    assert outcome.kind is OutcomeKind.REJECTED
    assert outcome.message, "staff are told in the supplier's own words"
    assert world.record(request)["status"] == "refused"


def test_0002_is_accepted_and_fails_with_the_money_back(world: World) -> None:
    request = world.topup("0002")

    assert world.adapter().submit(request).kind is OutcomeKind.ACCEPTED
    world.queried_until(request, OutcomeKind.REJECTED)

    record = world.record(request)
    assert (record["delivered_count"], record["returned_count"]) == (0, 1)


def test_0003_hangs_and_did_deliver(world: World) -> None:
    request = world.topup("0003")

    assert world.adapter().submit(request).kind is OutcomeKind.UNKNOWN
    world.queried_until(request, OutcomeKind.DELIVERED)
    assert world.record(request)["delivered_count"] == 1


def test_0004_fails_and_did_not_deliver(world: World) -> None:
    request = world.topup("0004")
    adapter = world.adapter()

    assert adapter.submit(request).kind is OutcomeKind.UNKNOWN
    expected = OutcomeKind.NOT_FOUND if adapter.can_say_not_found else OutcomeKind.UNKNOWN
    assert world.adapter().ask(request).kind is expected


def test_0005_succeeds_later_without_a_callback(world: World) -> None:
    request = world.topup("0005")

    assert world.adapter().submit(request).kind is OutcomeKind.ACCEPTED
    assert world.adapter().ask(request).kind is OutcomeKind.ACCEPTED
    world.queried_until(request, OutcomeKind.DELIVERED)
    assert world.callbacks.of(request.fulfilment_no) == []


def test_0006_fails_and_succeeds_after_all(world: World) -> None:
    request = world.topup("0006")

    assert world.adapter().submit(request).kind is OutcomeKind.ACCEPTED
    world.queried_until(request, OutcomeKind.REJECTED)
    world.queried_until(request, OutcomeKind.DELIVERED)
    record = world.record(request)
    assert (record["charged_count"], record["returned_count"]) == (2, 1)


def test_0007_answers_garbage_and_did_deliver(world: World) -> None:
    request = world.topup("0007")

    assert world.adapter().submit(request).kind in {OutcomeKind.UNKNOWN, OutcomeKind.DELIVERED}
    world.queried_until(request, OutcomeKind.DELIVERED)


def test_0008_calls_back_five_times_and_delivers_once(world: World) -> None:
    request = world.topup("0008")

    assert world.adapter().submit(request).kind in TAKEN
    world.called_back(request, times=5)
    assert world.record(request)["delivered_count"] == 1


def test_0009_is_delivered_by_who_is_not_the_first(world: World) -> None:
    request = world.topup("0009")

    assert world.adapter().submit(request).kind in TAKEN
    world.queried_until(request, OutcomeKind.DELIVERED)


@pytest.mark.parametrize("ending", ["8000", "0005", "0007"])
def test_a_number_that_is_sent_again_is_delivered_once(world: World, ending: str) -> None:
    request = world.topup(ending)
    world.adapter().submit(request)

    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: world.adapter().submit(request).kind, range(4)))

    assert set(again) <= TAKEN | {OutcomeKind.UNKNOWN}, "never a failure: it may be delivered"
    world.queried_until(request, OutcomeKind.DELIVERED)
    record = world.record(request)
    assert (record["delivered_count"], record["charged_count"]) == (1, 1)


def test_a_number_that_was_never_sent_is_not_found(world: World) -> None:
    adapter = world.adapter()
    expected = OutcomeKind.NOT_FOUND if adapter.can_say_not_found else OutcomeKind.UNKNOWN
    assert adapter.query("C0000000000000000").kind is expected


def test_maintenance_and_a_short_balance_are_definite(world: World) -> None:
    code = world.account.code
    world.sandbox.settings(closed=[code])
    assert world.adapter().submit(world.topup("8000")).kind is OutcomeKind.REJECTED

    world.sandbox.settings(closed=[], balances={code: "0.01"})
    short = world.topup("8000")
    assert world.adapter().submit(short).kind is OutcomeKind.REJECTED
    assert world.record(short)["status"] == "refused"


def test_the_balance_is_told_in_cny_and_falls_by_the_cost(world: World) -> None:
    before = world.adapter().balance()
    request = world.topup("8000")
    world.adapter().submit(request)
    after = world.adapter().balance()

    assert before is not None
    assert after is not None
    assert abs(before - after - 50 * world.account.phone_rate) < Decimal("0.05")
    check = world.adapter().check()
    assert (check.balance, check.problem) == (after, "")


def test_the_price_list_names_what_can_be_ordered(world: World) -> None:
    products = world.adapter().products()

    assert products
    refs = [product.ref for product in products]
    assert len(set(refs)) == len(refs)
    assert read_list(products, known=[]).unreadable_count == 0, "each line can be kept"
    chosen = next(p for p in products if p.is_available and p.kind == "topup")
    request = world.topup("8000")
    face_value = chosen.face_value or Decimal(50)
    outcome = world.adapter().submit(
        type(request)(request.fulfilment_no, "topup", chosen.ref, face_value, 1, request.account)
    )
    assert outcome.kind in TAKEN
    cost = world.queried_until(request, OutcomeKind.DELIVERED).cost
    assert cost is not None
    if chosen.face_value:
        assert cost <= chosen.cost + Decimal("0.05"), "never dearer than the list says"


def test_cards_are_delivered_whole_and_hidden_in_reprs(world: World) -> None:
    if not world.account.card_ref:
        pytest.skip("this protocol sells no cards")
    request = world.topup("")
    order = type(request)(request.fulfilment_no, "card", world.account.card_ref, Decimal(32), 1, {})

    assert world.adapter().submit(order).kind in TAKEN
    outcome = world.queried_until(order, OutcomeKind.DELIVERED)

    (card,) = outcome.cards
    assert card.secret
    assert card.secret not in repr(outcome)


def test_what_the_protocol_can_not_say_is_refused_unsent(world: World) -> None:
    request = world.topup("8000")
    impossible = type(request)(
        request.fulfilment_no, "topup", "no such product!", Decimal(50), 1, request.account
    )
    outcome = world.adapter().submit(impossible)

    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, "unsendable")
    with pytest.raises(Exception, match="404"):
        world.record(request)
