"""Random sequences of everything that moves money leave every invariant of the books intact.

The suppliers' and gateways' answers are drawn at random, in any order and repeated; the calls
themselves are tested over HTTP elsewhere. Each example runs in a transaction that is rolled back.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import SKU
from kalegou.models import Claim, ClaimKind, ExchangeItem, Member
from kalegou.queries.claims import claimable_cards
from kalegou.services import ensure_member
from kalegou.services.claims import grant_refund, grant_replacement, open_claim, refuse_claim
from kameng.models import Agent
from kameng.services.settling import settle_due_commissions
from ledger import services as ledger
from orders.aftersale import costs_by_supplier
from orders.models import Fulfilment, Funding, Order
from orders.services import (
    answer_supplier_claim,
    apply_outcome,
    cancel_unpaid,
    claim_from_supplier,
    pay_from_wallet,
    place_order,
)
from payments.gateways.base import GatewayNotice, PaymentStatus, RefundKind, RefundOutcome
from payments.models import Payment, PaymentRefund
from payments.services import (
    apply_refund_outcome,
    book_paid_by_hand,
    put_refund_in_wallet,
    send_refund_again,
    settle,
)
from suppliers.models import Supplier
from suppliers.outcomes import DeliveredCard, Outcome, OutcomeKind
from tests import world
from tests.kalegou.coupons import give, make_coupon
from users.errors import PersonError

pytestmark = pytest.mark.django_db

_unique = itertools.count()
NUMBERS = st.integers(0, 7)


@dataclass
class Shop:
    """A small world: three agents in a line, a member, three SKUs, two remote suppliers."""

    agents: list[Agent]
    member: Member
    skus: list[SKU]
    orders: list[Order] = field(default_factory=list)
    trades: list[tuple[Payment, str]] = field(default_factory=list)

    @classmethod
    def open(cls) -> Shop:
        world.make_policy("0.02", "0.01", hours=0)
        agents = world.make_chain("500", "500", "500")
        local = world.make_sku(list_price="10")
        world.price_tiers(local, "8", "8.5", "9")
        world.stock_cards(local, 12, unit_cost="7.5")
        topup = world.make_sku("topup", list_price="50")
        remote_card = world.make_sku(list_price="20")
        for priority in (1, 2):
            supplier = Supplier.objects.create(
                code=f"remote{priority}", name="x", adapter="fulu", settling_seconds=0
            )
            world.make_offer(topup, supplier, cost="44.5", priority=priority)
            world.make_offer(remote_card, supplier, cost="15", priority=priority)
        member = ensure_member(world.make_user())
        world.pay_in(member.wallet_id, "300")
        world.give_points(member.points_id, 1000)
        make_coupon("OFF3", amount="3", per_member=9)
        make_coupon("TENTH", percent="33", cap="7", per_member=9, max_uses=2)
        for sku in (local, remote_card):
            ExchangeItem.objects.create(sku=sku, points=210, most=4, per_member=3)
        give(make_coupon("MINE", amount="2", is_public=False), member)
        return cls(agents, member, [local, topup, remote_card])

    def pick(self, number: int) -> Order | None:
        if not self.orders:
            return None
        order = self.orders[number % len(self.orders)]
        order.refresh_from_db()
        return order


def place(shop: Shop, who: int, what: int, quantity: int, points: int, coupon: str = "") -> None:
    sku = shop.skus[what % len(shop.skus)]
    is_topup = sku.kind == "topup"
    is_member = who >= len(shop.agents)
    placed = place_order(
        channel="retail" if is_member else "wholesale",
        buyer=shop.member.user if is_member else shop.agents[who].user,
        sku=sku,
        quantity=1 if is_topup else quantity,
        client_ref=f"c{next(_unique)}",
        account={"phone": "13800000000"} if is_topup else {},
        funding=Funding.GATEWAY if who > len(shop.agents) else Funding.WALLET,
        points=points if is_member else 0,
        coupon=coupon if is_member else "",
    )
    shop.orders.append(placed.order)
    if placed.order.funding == Funding.GATEWAY:
        payment = Payment.objects.create(
            payment_no=f"P{next(_unique):010d}",
            purpose="order",
            purpose_ref=placed.order.order_no,
            gateway="sandbox",
            amount=placed.order.total,
            subject="x",
            expires_at=timezone.now() + timedelta(minutes=15),
        )
        shop.trades += [(payment, f"T{payment.pk}a"), (payment, f"T{payment.pk}b")]


def exchange_for_points(shop: Shop, what: int, quantity: int) -> None:
    sku = shop.skus[what % len(shop.skus)]
    shop.orders.append(
        place_order(
            channel="retail",
            buyer=shop.member.user,
            sku=sku,
            quantity=quantity,
            client_ref=f"c{next(_unique)}",
            funding=Funding.POINTS,
        ).order
    )


def pay(shop: Shop, number: int, amount_off: bool) -> None:
    """The gateway tells of a trade: perhaps again, perhaps with another amount."""
    if not shop.trades:
        return
    payment, trade_no = shop.trades[number % len(shop.trades)]
    amount = payment.amount + (1 if amount_off else 0)
    settle(
        gateway="sandbox",
        notice=GatewayNotice(payment.payment_no, trade_no, PaymentStatus.PAID, amount),
    )


def work(shop: Shop, number: int) -> None:
    if order := shop.pick(number):
        world.begin(order)


def answer(shop: Shop, number: int, kind: OutcomeKind, card_count: int) -> None:
    fulfilments = list(Fulfilment.objects.exclude(supplier__adapter="stock").order_by("pk"))
    if not fulfilments:
        return
    cards = tuple(
        DeliveredCard(f"N{n}", f"S{n}") for n in (next(_unique) for _ in range(card_count))
    )
    apply_outcome(
        fulfilment_id=fulfilments[number % len(fulfilments)].pk,
        outcome=Outcome(kind, cards=cards),
        source="query",
    )


def refund(shop: Shop, number: int, share: int) -> None:
    if order := shop.pick(number):
        amount = (order.total * share / 4).quantize(Decimal("0.01"))
        world.refund(order, amount)


def cancel(shop: Shop, number: int) -> None:
    if order := shop.pick(number):
        cancel_unpaid(order_id=order.pk)


def confirm_refund(shop: Shop, number: int, kind: RefundKind) -> None:
    refunds = list(PaymentRefund.objects.order_by("pk"))
    if refunds:
        apply_refund_outcome(
            refund_no=refunds[number % len(refunds)].refund_no, outcome=RefundOutcome(kind)
        )


def handle_refund(shop: Shop, number: int, how: int) -> None:
    """Staff settle a refund, perhaps one that doesn't wait for them."""
    refunds = list(PaymentRefund.objects.order_by("pk"))
    if not refunds:
        return
    refund = refunds[number % len(refunds)]
    if how == 0:
        send_refund_again(refund=refund, actor=None, reason="x")
    elif how == 1:
        put_refund_in_wallet(refund=refund, actor=None, reason="x")
    else:
        book_paid_by_hand(
            refund=refund,
            amount=refund.amount,
            paid_on=timezone.localdate(),
            bank_reference=f"B{next(_unique)}",
            actor=None,
            reason="x",
        )


def settle_commissions(shop: Shop) -> None:
    settle_due_commissions(until=timezone.now() + timedelta(days=1))


def claim(shop: Shop, number: int, codes: int) -> None:
    """The buyer says that something is wrong with (some codes of) a delivered order."""
    order = shop.pick(number)
    if order and order.channel == "retail":
        open_claim(
            order=order,
            user=order.buyer,
            kind=ClaimKind.CODE_INVALID if order.kind == "card" else ClaimKind.NOT_RECEIVED,
            cards=[card.pk for card in claimable_cards(order)][:codes],
            text="x",
        )


def decide_claim(shop: Shop, number: int, how: int, share: int) -> None:
    """Staff decide a claim, perhaps one that is decided already."""
    claims = list(Claim.objects.order_by("pk"))
    if not claims:
        return
    wanted, actor = claims[number % len(claims)], shop.member.user
    if how == 0:
        amount = (wanted.order.total * share / 4).quantize(Decimal("0.01"))
        grant_refund(claim=wanted, amount=amount, text="x", actor=actor)
    elif how == 1:
        refuse_claim(claim=wanted, text="x", actor=actor)
    else:
        grant_replacement(claim=wanted, text="x", actor=actor)


def claim_back(shop: Shop, number: int, share: int, is_granted: bool) -> None:
    """We want the cost of an order back from whoever supplied it, and are answered."""
    order = shop.pick(number)
    code = next(iter(costs_by_supplier(order)), None) if order else None
    if order is None or code is None:
        return
    opened = claim_from_supplier(
        order=order,
        supplier=Supplier.objects.get(code=code),
        amount=order.cost * share / 4,
        reason="x",
        actor=shop.member.user,
        request_ref=f"s{next(_unique)}",
    )
    answer_supplier_claim(
        claim=opened,
        granted=opened.amount if is_granted else None,
        answer="x",
        actor=shop.member.user,
    )


# Half of the purchases with points, few and too many.
POINTS = st.sampled_from([0, 0, 0, 0, 0, 1, 7, 150, 333, 2000])

COUPONS = st.sampled_from(["", "", "", "OFF3", "OFF3", "TENTH", "MINE"])


def pay_later_from_wallet(shop: Shop, number: int) -> None:
    if order := shop.pick(number):
        pay_from_wallet(order_id=order.pk)


EVENTS = st.one_of(
    st.tuples(st.just(place), st.integers(0, 4), NUMBERS, st.integers(1, 5), POINTS, COUPONS),
    st.tuples(st.just(exchange_for_points), NUMBERS, st.integers(1, 3)),
    st.tuples(st.just(pay_later_from_wallet), NUMBERS),
    st.tuples(st.just(claim), NUMBERS, st.integers(1, 3)),
    st.tuples(st.just(decide_claim), NUMBERS, st.integers(0, 3), st.integers(1, 4)),
    st.tuples(st.just(claim_back), NUMBERS, st.integers(1, 4), st.booleans()),
    st.tuples(st.just(pay), NUMBERS, st.booleans()),
    st.tuples(st.just(work), NUMBERS),
    st.tuples(st.just(answer), NUMBERS, st.sampled_from(OutcomeKind), st.integers(0, 5)),
    st.tuples(st.just(refund), NUMBERS, st.integers(1, 4)),
    st.tuples(st.just(cancel), NUMBERS),
    st.tuples(st.just(confirm_refund), NUMBERS, st.sampled_from(RefundKind)),
    st.tuples(st.just(handle_refund), NUMBERS, st.integers(0, 2)),
    st.tuples(st.just(settle_commissions)),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(events=st.lists(EVENTS, min_size=5, max_size=40))
def test_random_events_leave_the_books_clean(events: list[tuple]) -> None:
    with transaction.atomic():
        shop = Shop.open()
        for event, *arguments in events:
            try:
                with transaction.atomic():
                    event(shop, *arguments)
            except PersonError:
                continue
        assert world.books_are_clean()
        wallets = [*(agent.wallet_id for agent in shop.agents), shop.member.wallet_id]
        wallets.append(shop.member.points_id)
        assert all(amount >= 0 for amount in ledger.balances(wallets).values())
        transaction.set_rollback(True)
