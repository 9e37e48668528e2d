"""The sandboxes' own statements, downloaded over HTTP, against orders that really ran there."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import SKU
from kameng.models import Agent
from ledger import accounts
from ledger.services import balance
from orders.models import Funding, Order, OrderStatus
from orders.services import ask_soon, place_order, sweep
from payments.gateways.base import PaymentRequest
from payments.models import Payment
from payments.services import settle
from reconciliation.models import Difference, PartyKind, ResolutionKind, StatementDay
from reconciliation.services import import_statement, party_of
from suppliers.models import Supplier
from tests import world
from tests.payments.conftest import cashier_gateway
from tests.reconciliation.desk import settle_difference, today
from tests.sandboxes import SandboxProcess, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def statement_of(sandbox: SandboxProcess, account: str, encoding: str = "utf-8") -> bytes:
    url = f"{sandbox.base_url}/statements/{account}/{today()}.csv"
    answer = httpx.get(url, params={"encoding": encoding}, trust_env=False)
    assert answer.status_code == 200
    return answer.content


def run(agent: Agent, sku: SKU, phone: str) -> Order:
    """A top-up that goes to the sandbox, until it has ended."""
    order = place_order(
        channel="wholesale",
        buyer=agent.user,
        sku=sku,
        quantity=1,
        client_ref=phone,
        account={"phone": phone},
    ).order

    def has_ended() -> bool:
        sweep()
        order.refresh_from_db()
        return order.status in (OrderStatus.COMPLETED, OrderStatus.FAILED)

    wait_until(has_ended)
    return order


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_day_of_the_supplier_sandbox_agrees_but_for_its_prices(
    supplier_sandbox: SandboxProcess,
    sandbox_suppliers: list[Supplier],
    tasks_at_once: None,
    encoding: str,
) -> None:
    supplier_sandbox.settings(delay_scale=0.05)
    supplier = sandbox_suppliers[0]
    sku = world.make_sku("topup", list_price="50")
    world.make_offer(sku, supplier, cost="48.25")  # what the sandbox charges
    agent = world.make_agent(balance="500")
    mine = f"1380{encoding == 'gbk':d}77"
    assert run(agent, sku, f"{mine}1234").status == OrderStatus.COMPLETED
    assert run(agent, sku, f"{mine}0002").status == OrderStatus.FAILED
    party = party_of(PartyKind.SUPPLIER, supplier.code)
    report = import_statement(
        party=party,
        content=statement_of(supplier_sandbox, supplier.code, encoding),
        file_name="fulu-a.csv",
        first_day=today(),
        last_day=today(),
    )
    assert report.bad_count == 0
    ours = set(agent.user.orders.values_list("fulfilments__fulfilment_no", flat=True))
    differs = {row.subject.removeprefix("f:") for row in Difference.objects.all()}
    assert not ours & differs
    # The session's sandbox also served other tests: their orders aren't in this database.
    assert {row.verdict for row in Difference.objects.all()} <= {"not_ours", "funding", "balance"}
    settle_difference(Difference.objects.get(verdict="funding"), ResolutionKind.BANK)
    day = StatementDay.objects.get()
    assert day.unexplained == 0
    told = supplier_sandbox.get("settings")["balances"][supplier.code]
    assert day.stated_balance == Decimal(told)
    assert world.books_are_clean()


def test_a_late_success_and_a_lost_answer_are_on_the_statement_as_we_booked_them(
    supplier_sandbox: SandboxProcess,
    sandbox_suppliers: list[Supplier],
    tasks_at_once: None,
) -> None:
    supplier_sandbox.settings(delay_scale=0.5)
    supplier = sandbox_suppliers[0]
    sku = world.make_sku("topup", list_price="50")
    world.make_offer(sku, supplier, cost="48.25")
    agent = world.make_agent(balance="500")
    assert run(agent, sku, "13809990007").status == OrderStatus.COMPLETED  # garbage for an answer
    late = run(agent, sku, "13809990006")
    attempt = late.fulfilments.get()

    def is_late() -> bool:
        ask_soon(fulfilment=attempt)
        sweep()
        attempt.refresh_from_db()
        return attempt.late_success_at is not None

    wait_until(is_late)
    import_statement(
        party=party_of(PartyKind.SUPPLIER, supplier.code),
        content=statement_of(supplier_sandbox, supplier.code),
        file_name="fulu-a.csv",
        first_day=today(),
        last_day=today(),
    )
    mine = set(agent.user.orders.values_list("fulfilments__fulfilment_no", flat=True))
    assert not mine & {row.subject.removeprefix("f:") for row in Difference.objects.all()}
    assert balance(accounts.supplier_loss(supplier.code)) == Decimal("-48.25")


def test_the_cashier_s_day_has_our_payment_and_its_fee(payment_sandbox: SandboxProcess) -> None:
    sku = world.make_sku(list_price="20")
    world.stock_cards(sku, 1, unit_cost="15")
    order = place_order(
        channel="retail",
        buyer=None,
        guest_key="guest",
        sku=sku,
        quantity=1,
        client_ref="s1",
        funding=Funding.GATEWAY,
    ).order
    payment = Payment.objects.create(
        payment_no=f"P{order.order_no}",
        purpose="order",
        purpose_ref=order.order_no,
        gateway="sandbox",
        amount=order.total,
        subject="x",
        expires_at=timezone.now() + timedelta(minutes=15),
    )
    gateway = cashier_gateway(payment_sandbox.base_url)
    start = gateway.start(
        PaymentRequest(
            payment_no=payment.payment_no,
            amount=payment.amount,
            subject="x",
            return_url="http://127.0.0.1:9/",
            notify_url="http://127.0.0.1:9/" + reverse("payments:callback", args=["sandbox"]),
            expires_at=payment.expires_at,
        )
    )
    httpx.post(start.redirect_url, data={"action": "pay"}, trust_env=False)
    for notice in gateway.query(payment.payment_no).notices:
        settle(gateway="sandbox", notice=notice)
    index = httpx.get(f"{payment_sandbox.base_url}/statements", trust_env=False).text
    assert f"/statements/kalegou-demo/{today()}.csv" in index
    import_statement(
        party=party_of(PartyKind.GATEWAY, "sandbox"),
        content=statement_of(payment_sandbox, "kalegou-demo", "gbk"),
        file_name="cashier.csv",
        first_day=today(),
        last_day=today(),
    )
    trade = f"r:{payment.receipts.get().trade_no}"
    assert not Difference.objects.filter(subject=trade).exists()
    fee = Difference.objects.get(verdict="fee")
    assert fee.amount >= Decimal("0.12")
    settle_difference(fee, ResolutionKind.FEE)
    assert balance(accounts.fee_expense("sandbox")) == -fee.amount
    assert world.books_are_clean()
