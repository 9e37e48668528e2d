"""A coupon takes something off one order, never more than it may, and comes back exactly."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import SKU
from kalegou.coupons import Offer, still_off, taken_off
from kalegou.errors import CouponRefused, PointsRefused
from kalegou.models import Coupon, CouponUse, Member
from kalegou.services import (
    claim_coupon,
    ensure_member,
    grant_coupon,
    resume_coupon,
    stop_coupon,
    tell_of_coupons,
)
from ledger import accounts
from ledger.services import balance
from orders.errors import IdempotencyConflict
from orders.models import Funding, Order
from orders.services import apply_outcome, cancel_unpaid, place_order
from suppliers.models import Supplier
from suppliers.outcomes import DeliveredCard, Outcome, OutcomeKind
from tests import world
from tests.kalegou import shop
from tests.kalegou.coupons import give, make_coupon
from tests.kalegou.test_points_as_discount import money_arrives
from tests.threads import in_threads
from users.models import AuditLog, Notice

_refs = itertools.count(1)
TOMORROW = timezone.now() + timedelta(days=1)
YESTERDAY = timezone.now() - timedelta(days=1)
TOTALS = st.decimals("0.01", "10000", places=2)


class TestArithmetic:
    @given(gross=TOTALS, amount=st.decimals("0.01", "500", places=2))
    def test_an_amount_leaves_a_fen_to_pay(self, gross, amount) -> None:
        off = taken_off(Offer(amount=amount), gross)
        assert off == min(amount, gross - Decimal("0.01"))

    @given(
        gross=TOTALS,
        percent=st.decimals("0.01", "99.99", places=2),
        cap=st.decimals("0.01", "50", places=2),
    )
    def test_a_share_is_whole_fen_and_at_most_its_cap(self, gross, percent, cap) -> None:
        off = taken_off(Offer(percent=percent, cap=cap), gross)
        assert 0 <= off <= cap
        assert off < gross
        assert off == off.quantize(Decimal("0.01"))

    @given(total=TOTALS, worth=TOTALS, shares=st.lists(st.integers(0, 100)))
    def test_refunds_in_any_portions_bring_its_cost_down_to_nothing(
        self, total, worth, shares
    ) -> None:
        kept, costs = total, worth
        for share in shares:
            kept -= (kept * share / 100).quantize(Decimal("0.01"))
            after = still_off(worth, total=total, kept=kept)
            assert 0 <= after <= costs
            assert after == after.quantize(Decimal("0.01"))
            costs = after
        assert still_off(worth, total=total, kept=Decimal(0)) == 0
        assert still_off(worth, total=total, kept=total) == worth


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Reasons are compared in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def member(db: None) -> Member:
    member = ensure_member(world.make_user())
    world.pay_in(member.wallet_id, "1000")
    return member


@pytest.fixture
def sku(db: None) -> SKU:
    sku = world.make_sku(list_price="100")
    world.stock_cards(sku, 20, unit_cost="80")
    return sku


def buy(member: Member, sku: SKU, coupon: str, *, ref: str = "", **more: Any) -> Order:
    return place_order(
        **{
            "channel": "retail",
            "buyer": member.user,
            "sku": sku,
            "quantity": 1,
            "client_ref": ref or f"coupon{next(_refs)}",
            "coupon": coupon,
            **more,
        }
    ).order


def standing(coupon: Coupon) -> Any:
    coupon.refresh_from_db()
    return coupon.used_count, coupon.used_amount


def promotion() -> Any:
    return balance(accounts.promotion("retail"))


def test_member_price_first_then_the_coupon_then_points(member, sku) -> None:
    member.level = shop.make_level(rate="0.9", multiplier="1")
    member.save()
    world.give_points(member.points_id, 9000)
    coupon = make_coupon(percent="10", min_spend=Decimal(90))
    with pytest.raises(PointsRefused):  # a fifth of 81, not of 90
        buy(member, sku, coupon.code, points=1621)
    order = buy(member, sku, coupon.code, points=1620)
    assert (order.unit_price, order.total) == (Decimal(90), Decimal("64.80"))
    assert standing(coupon) == (1, 9)
    assert balance(accounts.revenue("retail")) == 90
    assert promotion() == -Decimal("25.20")
    assert world.books_are_clean()


def test_parts_of_a_refund_take_its_cost_back_and_all_of_it_gives_it_back(member, sku) -> None:
    coupon = make_coupon(amount="10")
    order = buy(member, sku, coupon.code)
    world.refund(order, Decimal(30))
    assert standing(coupon) == (1, Decimal("6.67"))
    assert promotion() == -Decimal("6.67")
    assert world.books_are_clean()
    with pytest.raises(CouponRefused, match="as often as"):
        buy(member, sku, coupon.code)
    world.refund(order, Decimal(60))
    assert (standing(coupon), promotion()) == ((0, 0), 0)
    assert balance(member.wallet_id) == 1000
    assert buy(member, sku, coupon.code).total == 90
    assert world.books_are_clean()


def test_an_unpaid_order_holds_it_until_it_is_cancelled(member, sku) -> None:
    coupon = make_coupon(amount="10", budget=Decimal(15))
    order = buy(member, sku, coupon.code, funding=Funding.GATEWAY)
    assert standing(coupon) == (1, 10)
    other = ensure_member(world.make_user())
    world.pay_in(other.wallet_id, "1000")
    with pytest.raises(CouponRefused, match="have been used"):
        buy(other, sku, coupon.code)  # five yuan of the budget are left
    cancel_unpaid(order_id=order.pk)
    cancel_unpaid(order_id=order.pk)
    assert standing(coupon) == (0, 0)
    assert buy(other, sku, coupon.code).total == 90
    assert world.books_are_clean()


def test_money_that_comes_after_the_cancelling_is_taken_if_the_coupon_is_there(member, sku) -> None:
    grant = give(make_coupon(amount="10", is_public=False), member)
    name = f"grant:{grant.pk}"
    late = buy(member, sku, name, funding=Funding.GATEWAY)
    cancel_unpaid(order_id=late.pk)
    money_arrives(late)
    late.refresh_from_db()
    assert late.status == "completed"
    assert standing(grant.coupon) == (1, 10)

    world.refund(late, late.total)
    too_late = buy(member, sku, name, funding=Funding.GATEWAY)
    cancel_unpaid(order_id=too_late.pk)
    buy(member, sku, name)
    money_arrives(too_late)
    too_late.refresh_from_db()
    assert too_late.status == "cancelled"
    assert balance(accounts.refund_clearing("sandbox")) == 90 + 90
    assert standing(grant.coupon) == (1, 10)
    assert world.books_are_clean()


def test_what_was_not_delivered_has_its_share_of_the_coupon(member) -> None:
    sku = world.make_sku(list_price="20")
    supplier = Supplier.objects.create(code="far", name="x", adapter="fulu", settling_seconds=0)
    world.make_offer(sku, supplier, cost="15")
    coupon = make_coupon(amount="9")
    order = buy(member, sku, coupon.code, quantity=3)
    attempt = world.begin(order)
    assert attempt
    cards = (DeliveredCard("N1", "S1"),)
    apply_outcome(
        fulfilment_id=attempt.pk,
        outcome=Outcome(OutcomeKind.DELIVERED, cards=cards),
        source="query",
    )
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("partially_completed", Decimal(34))
    assert standing(coupon) == (1, 3)
    assert world.books_are_clean()

    failing = buy(member, sku, make_coupon(code="SECOND", amount="9").code)
    attempt = world.begin(failing)
    assert attempt
    apply_outcome(fulfilment_id=attempt.pk, outcome=Outcome(OutcomeKind.REJECTED), source="query")
    failing.refresh_from_db()
    assert failing.status == "failed"
    assert standing(Coupon.objects.get(code="SECOND")) == (0, 0)
    assert CouponUse.objects.get(order_no=failing.order_no).returned_at
    assert world.books_are_clean()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"min_spend": Decimal("100.01")}, "¥0.01 more"),
        ({"starts_at": TOMORROW}, "can be used from"),
        ({"starts_at": YESTERDAY, "ends_at": YESTERDAY + timedelta(hours=1)}, "ended on"),
        ({"stopped_at": YESTERDAY}, "stopped"),
        ({"max_uses": 0}, "have been used"),
        ({"budget": Decimal("4.99")}, "have been used"),
        ({"scope": "skus"}, "isn't for these goods"),
        ({"scope": "products"}, "isn't for these goods"),
        ({"scope": "categories"}, "isn't for these goods"),
        ({"is_public": False}, "no such coupon"),
        ({"amount": "20.01", "allows_loss": False}, "lowest price"),
    ],
)
def test_it_is_refused_with_the_reason_and_nothing_happens(member, sku, fields, why) -> None:
    coupon = make_coupon(**fields)
    with pytest.raises(CouponRefused, match=why):
        buy(member, sku, coupon.code)
    assert not Order.objects.exists()
    assert standing(coupon) == (0, 0)
    assert balance(member.wallet_id) == 1000


def test_levels_first_orders_scopes_and_costs_that_do_fit(member, sku) -> None:
    gold = shop.make_level()
    for_gold = make_coupon(min_level=gold)
    with pytest.raises(CouponRefused, match="from level"):
        buy(member, sku, for_gold.code)
    first = make_coupon(new_members_only=True)
    assert buy(member, sku, first.code.lower()).total == 95  # typed as it comes
    with pytest.raises(CouponRefused, match="first order"):
        buy(member, sku, make_coupon(new_members_only=True).code)
    above = world.make_category()
    category = sku.product.category
    category.parent = above
    category.save()
    wide = make_coupon(amount="20", scope="categories", allows_loss=False)
    wide.categories.add(above)
    assert buy(member, sku, wide.code).total == 80  # what it cost, and not less


def test_nobody_uses_the_coupon_of_another_member(member, sku) -> None:
    other = ensure_member(world.make_user())
    grant = give(make_coupon(is_public=False), other)
    for name in (
        f"grant:{grant.pk}",
        grant.coupon.code,
        "grant:",
        "grant:x",
        "grant:9" * 9,
        "\x00",
    ):
        with pytest.raises(CouponRefused, match="no such coupon"):
            buy(member, sku, name)
    with pytest.raises(CouponRefused, match="Log in"):
        place_order(
            channel="retail",
            buyer=None,
            guest_key="g" * 32,
            sku=sku,
            quantity=1,
            client_ref="guest",
            funding=Funding.GATEWAY,
            coupon=make_coupon().code,
        )


def test_the_coupon_is_part_of_what_makes_a_repeat_the_same(member, sku) -> None:
    coupon = make_coupon()
    first = buy(member, sku, coupon.code, ref="again")
    assert buy(member, sku, coupon.code, ref="again") == first
    with pytest.raises(IdempotencyConflict):
        buy(member, sku, "", ref="again")
    assert standing(coupon) == (1, 5)


def test_a_kept_code_is_one_of_the_members_own_and_counts_as_its_use(member, sku) -> None:
    coupon = make_coupon("KEEPIT", valid_days=3, per_member=2)
    grant = claim_coupon(member=member, code=" keepit ")
    assert grant.expires_at
    assert grant.expires_at < timezone.now() + timedelta(days=4)
    assert buy(member, sku, "KEEPIT").terms["coupon_grant"] == grant.pk
    claim_coupon(member=member, code="KEEPIT")
    with pytest.raises(CouponRefused, match="have it already"):
        claim_coupon(member=member, code="KEEPIT")
    buy(member, sku, "KEEPIT")
    with pytest.raises(CouponRefused, match="as often as"):
        buy(member, sku, "KEEPIT")
    assert standing(coupon) == (2, 10)
    assert world.books_are_clean()


def test_staff_give_it_once_stop_it_and_let_it_go_on(member, sku) -> None:
    staff = world.make_user(is_staff=True)
    coupon = make_coupon(is_public=False)
    everybody = Member.objects.all()
    how: dict[str, Any] = {
        "coupon": coupon,
        "members": everybody,
        "actor": staff,
        "reason": "thanks",
    }
    assert grant_coupon(**how, reference="r1") == 1
    assert grant_coupon(**how, reference="r1") == 0  # pressed twice
    assert tell_of_coupons() == 1
    assert tell_of_coupons() == 0
    assert Notice.objects.get(user=member.user).facts == {"coupon": "优惠券"}
    stop_coupon(coupon=coupon, actor=staff, reason="too dear")
    with pytest.raises(CouponRefused, match="stopped"):
        buy(member, sku, coupon.code)
    resume_coupon(coupon=coupon, actor=staff, reason="a mistake")
    assert buy(member, sku, coupon.code).total == 95
    actions = AuditLog.objects.filter(target=f"coupon:{coupon.code}").values_list(
        "action", flat=True
    )
    assert sorted(actions) == ["grant_coupon", "grant_coupon", "resume_coupon", "stop_coupon"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_pass_its_number_its_budget_or_what_one_member_may() -> None:
    sku = world.make_sku(list_price="100")
    world.stock_cards(sku, 30, unit_cost="80")
    members = [ensure_member(world.make_user()) for _ in range(4)]
    for person in members:
        world.pay_in(person.wallet_id, "1000")
    by_number = make_coupon("THREE", amount="1", max_uses=3)
    by_budget = make_coupon("TENYUAN", amount="4", budget=Decimal(10), per_member=9)
    mine = give(make_coupon(amount="2", is_public=False), members[0])

    def one(turn: int) -> str:
        who = members[turn % 4]
        name = ("THREE", "TENYUAN", f"grant:{mine.pk}")[turn % 3]
        try:
            buy(who if turn % 3 < 2 else members[0], sku, name)
        except CouponRefused:
            return ""
        return name

    taken = [name for name in in_threads(one, range(24), threads=8) if name]
    assert taken.count("THREE") == 3
    assert taken.count("TENYUAN") == 2
    assert len(taken) == 6
    assert (standing(by_number), standing(by_budget)) == ((3, 3), (2, 8))
    assert world.books_are_clean()


@pytest.mark.django_db(transaction=True)
def test_placing_and_cancelling_at_once_leaves_nothing_held() -> None:
    sku = world.make_sku(list_price="100")
    world.stock_cards(sku, 5, unit_cost="80")
    members = [ensure_member(world.make_user()) for _ in range(3)]
    coupon = make_coupon(amount="10", per_member=9, budget=Decimal(30))

    def one(turn: int) -> None:
        try:
            order = buy(members[turn % 3], sku, coupon.code, funding=Funding.GATEWAY)
        except CouponRefused:
            return
        cancel_unpaid(order_id=order.pk)

    in_threads(one, range(18), threads=6)
    assert standing(coupon) == (0, 0)
    assert Order.objects.filter(status="cancelled").exists()
    assert world.books_are_clean()
