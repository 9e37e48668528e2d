"""Trying the API out: play money, sandbox suppliers, and nothing of it in the real books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models import SKU
from kameng.errors import NoSandbox
from kameng.models import Agent, Commission
from kameng.services.api_keys import create_api_key
from kameng.services.sandbox import FULL, open_sandbox, refill_play_money
from ledger import accounts
from ledger import services as ledger
from ledger.checks import run as ledger_checks
from ledger.models import Account, EntryKind, Unit
from ledger.services import Line, balance
from orders.checks import run as order_checks
from orders.models import Order
from orders.services import place_order, sweep
from suppliers.models import Offer, Supplier
from tests import world
from tests.api.client import Program, code_of
from tests.api.conftest import program_of
from tests.sandboxes import wait_until
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice(db: None) -> Supplier:
    """A sandbox supplier, for what doesn't come as far as calling it."""
    return Supplier.objects.create(code="practice-a", name="练习", adapter="fulu", is_sandbox=True)


@pytest.fixture
def player(practice: Supplier, agent: Agent) -> Program:
    return program_of(agent, is_sandbox=True)


@pytest.fixture
def real_player(practice_suppliers: list[Supplier], tasks_at_once: None, agent: Agent) -> Program:
    """With the supplier sandbox behind it, as a server of its own."""
    return program_of(agent, is_sandbox=True)


def finished(program: Program, order_no: str) -> Any:
    """The order's answer, once the sweeper and the supplier have brought it to an end."""

    def answer() -> Any:
        sweep()
        told = program.get(f"/api/v1/orders/{order_no}").json()
        return told if told["finished_at"] else None

    return wait_until(answer, seconds=30)


@pytest.mark.django_db(transaction=True)
def test_an_order_of_cards_costs_play_money_only(
    agent: Agent, real_player: Program, cards: SKU
) -> None:
    with transaction.atomic():
        assert agent.sandbox  # a policy keeps its rates from the moment after its transaction began
        world.make_policy("0.01", "0.005")
    placed = real_player.order(sku=cards.code, quantity=2)
    assert placed.status_code == 201, placed.content
    assert placed.json()["total"] == "190.00"
    told = finished(real_player, placed.json()["order_no"])
    assert (told["status"], told["delivered"]) == ("completed", 2)
    codes = real_player.get(f"/api/v1/orders/{told['order_no']}/cards").json()["cards"]
    assert len({code["secret"] for code in codes}) == 2
    account = real_player.get("/api/v1/account").json()
    assert (account["currency"], account["balance"]) == ("PLAY", "99810.00")
    agent.wallet.refresh_from_db()
    assert agent.wallet.balance == 1000
    assert not Commission.objects.exists()
    assert balance(accounts.revenue("wholesale")) == 0
    assert world.books_are_clean()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("ending", "status"),
    [("0001", "failed"), ("0002", "failed"), ("0009", "completed"), ("1234", "completed")],
)
def test_the_number_decides_what_happens(
    agent: Agent, real_player: Program, ending: str, status: str
) -> None:
    sku = world.make_sku("topup", list_price="50")
    placed = real_player.order(sku=sku.code, account={"phone": f"1380000{ending}"}).json()
    told = finished(real_player, placed["order_no"])
    assert told["status"] == status
    spent = Decimal(50) if status == "completed" else Decimal(0)
    assert balance(agent.sandbox.wallet_id) == FULL - spent
    assert balance(accounts.escrow(Unit.PLAY)) == 0
    assert world.books_are_clean()


def test_a_real_key_never_reaches_a_sandbox_supplier(
    agent: Agent, program: Program, player: Program
) -> None:
    """Even when nobody else offers the goods."""
    sku = world.make_sku("topup", list_price="50")
    assert player.order(sku=sku.code, account={"phone": "13800001234"}).status_code == 201
    assert Offer.objects.filter(sku=sku, supplier__is_sandbox=True).count() == 1
    refused = program.order(sku=sku.code, account={"phone": "13800001234"})
    assert code_of(refused) == (409, "out_of_stock")
    assert Order.objects.get().channel == "sandbox"


def test_a_sandbox_key_never_reaches_a_real_supplier(
    agent: Agent, player: Program, cards: SKU
) -> None:
    """With every sandbox supplier shut, it gets nothing, however much lies in stock."""
    Supplier.objects.filter(is_sandbox=True).update(is_open=False)
    assert code_of(player.order(sku=cards.code)) == (409, "out_of_stock")
    assert balance(agent.sandbox.wallet_id) == FULL


def test_each_kind_of_key_sees_its_own_orders(
    program: Program, player: Program, cards: SKU
) -> None:
    real = program.order(sku=cards.code, client_ref="same").json()
    play = player.order(sku=cards.code, client_ref="same").json()
    assert real["order_no"] != play["order_no"]
    for mine, other, key in ((real, play, program), (play, real, player)):
        listed = key.get("/api/v1/orders").json()["results"]
        assert [one["order_no"] for one in listed] == [mine["order_no"]]
        assert code_of(key.get(f"/api/v1/orders/{other['order_no']}")) == (404, "unknown_order")
    kinds = [line["kind"] for line in player.get("/api/v1/statement").json()["results"]]
    assert kinds == ["play_money", "order_placed"]


def test_the_portal_shows_no_play_orders(
    client: Any, agent: Agent, player: Program, cards: SKU
) -> None:
    play = player.order(sku=cards.code).json()
    client.force_login(agent.user)
    assert play["order_no"] not in client.get("/kameng/orders/").content.decode()
    assert client.get(f"/kameng/orders/{play['order_no']}/").status_code == 404


def test_play_money_runs_out_and_is_refilled(agent: Agent, player: Program, cards: SKU) -> None:
    sandbox = agent.sandbox
    assert refill_play_money(sandbox=sandbox) == 0
    assert player.order(sku=cards.code, quantity=1050).status_code == 201
    assert code_of(player.order(sku=cards.code, quantity=10, client_ref="r2")) == (
        402,
        "insufficient_balance",
    )
    assert refill_play_money(sandbox=sandbox) == Decimal(99_750)
    assert balance(sandbox.wallet_id) == FULL
    assert player.order(sku=cards.code, quantity=10, client_ref="r2").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_filling_up_at_once_fills_up_once(agent: Agent, player: Program, cards: SKU) -> None:
    player.order(sku=cards.code, quantity=100)
    added = in_threads(lambda sandbox: refill_play_money(sandbox=sandbox), [agent.sandbox] * 6)
    assert sum(added) == Decimal(9_500)
    assert balance(agent.sandbox.wallet_id) == FULL


@pytest.mark.django_db(transaction=True)
def test_opening_at_once_opens_one(practice: Supplier, agent: Agent) -> None:
    opened = in_threads(lambda who: open_sandbox(agent=who), [agent] * 6)
    assert len({sandbox.pk for sandbox in opened}) == 1
    assert balance(opened[0].wallet_id) == FULL


def test_the_database_refuses_to_mix_the_monies(agent: Agent, player: Program) -> None:
    """In one unit, in two, or by a play account of a kind that must not exist."""
    play = agent.sandbox.wallet_id
    for unit in (Unit.CNY, Unit.PLAY):
        with pytest.raises(IntegrityError), transaction.atomic():
            ledger.post(
                reference=f"mix:{unit}",
                kind=EntryKind.ADJUSTMENT,
                lines=[Line(play, Decimal(-1), unit), Line(agent.wallet_id, Decimal(1), unit)],
            )
    with pytest.raises(IntegrityError, match="account_of_play_money"), transaction.atomic():
        Account.objects.create(kind="cash", scope="bank", unit=Unit.PLAY)


def test_check_ledger_finds_an_entry_of_both_monies(agent: Agent, player: Program) -> None:
    """Zero in each unit, so the database lets it pass: the check doesn't."""
    ledger.post(
        reference="both",
        kind=EntryKind.ADJUSTMENT,
        lines=[
            Line(accounts.play_issued(), Decimal(-1), Unit.PLAY),
            Line(agent.sandbox.wallet_id, Decimal(1), Unit.PLAY),
            Line(accounts.cash("bank"), Decimal(-1)),
            Line(agent.wallet_id, Decimal(1)),
        ],
    )
    problems = [line for result in ledger_checks() for line in result.problems]
    assert problems == ["entry both moves play money together with something else"]


def test_check_ledger_finds_a_real_order_at_a_sandbox_supplier(
    practice: Supplier, agent: Agent, cards: SKU
) -> None:
    order = place_order(
        channel="wholesale", buyer=agent.user, sku=cards, quantity=1, client_ref="x"
    ).order
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_fulfilment SET supplier_id ="
            " (SELECT id FROM suppliers_supplier WHERE code = 'practice-a')"
        )
    problems = [line for result in order_checks() for line in result.problems]
    assert problems == [f"order {order.order_no} of wholesale used supplier practice-a"]


def test_without_a_sandbox_supplier_there_is_no_sandbox_key(
    practice: Supplier, agent: Agent
) -> None:
    Supplier.objects.filter(is_sandbox=True).update(is_open=False)
    with pytest.raises(NoSandbox):
        create_api_key(agent=agent, actor=agent.user, is_sandbox=True)
    assert not agent.api_keys.exists()
