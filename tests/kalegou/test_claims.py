"""Claims after the sale: who may claim what and when, and what each decision does to the money."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from kalegou.aftersale_errors import ClaimDecided, NotClaimable, TextMissing
from kalegou.models import Claim, ClaimKind, ClaimStatus, Member, TicketPicture
from kalegou.queries.claims import claimable_cards
from kalegou.queries.first_answers import first_answers
from kalegou.services.claims import (
    grant_refund,
    grant_replacement,
    open_claim,
    refuse_claim,
    withdraw_claim,
)
from ledger import accounts
from ledger.services import balance
from orders.errors import NotRefundable, NotReplaceable
from orders.models import FaultyCard, Order
from orders.queries import cards_of_order
from orders.services import (
    answer_supplier_claim,
    apply_outcome,
    claim_from_supplier,
    claimable,
    place_order,
)
from suppliers.models import Supplier
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from tests.kalegou import shop
from tests.threads import in_threads
from users.errors import PersonError
from users.models import AuditLog, Notice
from users.uploads import UploadInvalid

pytestmark = pytest.mark.django_db
TEXT = "充值页面提示卡密无效"


@pytest.fixture
def member() -> Member:
    return shop.make_member("500")


def buy_codes(member: Member, quantity: int = 2, *, stock: int = 4) -> Order:
    sku = shop.make_cards(stock, list_price="50", cost="40")
    return place_order(
        channel="retail", buyer=member.user, sku=sku, quantity=quantity, client_ref="r"
    ).order


def buy_topup(member: Member) -> Order:
    """¥50 of top-up, delivered by a supplier for ¥45."""
    sku = world.make_sku("topup", list_price="50")
    world.make_offer(sku, shop.any_supplier(), cost="45")
    order = place_order(
        channel="retail",
        buyer=member.user,
        sku=sku,
        quantity=1,
        client_ref="t",
        account={"phone": shop.MOBILE_NUMBER},
    ).order
    settle(order, OutcomeKind.DELIVERED)
    order.refresh_from_db()
    return order


def settle(order: Order, kind: OutcomeKind) -> None:
    """The supplier answers about what it was sent last."""
    world.begin(order)
    attempt = order.fulfilments.latest("pk")
    apply_outcome(fulfilment_id=attempt.pk, outcome=Outcome(kind), source="query")


def claim(order: Order, *, codes: int = 1, kind: ClaimKind | None = None) -> Claim:
    kind = kind or (ClaimKind.CODE_INVALID if order.kind == "card" else ClaimKind.NOT_RECEIVED)
    cards = [card.pk for card in claimable_cards(order)][:codes]
    return open_claim(order=order, user=order.buyer, kind=kind, cards=cards, text=TEXT)


def money(member: Member) -> int:
    return int(balance(member.wallet_id))


def kinds_told(member: Member) -> list[str]:
    told = Notice.objects.filter(user=member.user).order_by("pk")
    return list(told.values_list("kind", flat=True))


def test_a_bad_code_is_replaced_from_stock_at_our_cost(member: Member) -> None:
    order = buy_codes(member)
    wanted = claim(order)
    points = balance(member.points_id)
    staff = world.make_user(is_staff=True)

    decided = grant_replacement(claim=wanted, text="给您换一张", actor=staff)

    order.refresh_from_db()
    assert decided.status == ClaimStatus.REPLACED
    assert (int(order.refunded), int(order.cost), order.status) == (0, 120, "completed")
    assert (money(member), balance(member.points_id)) == (400, points)
    cards = cards_of_order(order)
    assert [card.is_faulty for card in cards].count(True) == 1
    assert len(cards) == 3
    assert FaultyCard.objects.get().card_id in [card.pk for card in cards if card.is_faulty]
    assert "replaced" in [event.code for event in order.events.all()]
    assert kinds_told(member) == ["retail.claim_replaced"]
    assert AuditLog.objects.filter(action="decide_claim", actor=staff).exists()
    assert world.books_are_clean()


def test_what_cannot_be_replaced_goes_back_as_money_by_itself(member: Member) -> None:
    order = buy_codes(member, 2, stock=3)  # one is left for two bad ones
    decided = grant_replacement(
        claim=claim(order, codes=2), text="尽力换", actor=world.make_user(is_staff=True)
    )
    order.refresh_from_db()
    assert decided.status in (ClaimStatus.REPLACED, ClaimStatus.REFUNDED)
    replaced = order.replacements.get().delivered_quantity
    assert decided.refunded == order.refunded == 50 * (2 - replaced)
    assert balance(member.wallet_id) == 400 + order.refunded
    assert world.books_are_clean()


def test_a_top_up_is_sent_again_and_refunded_when_that_fails(member: Member) -> None:
    order = buy_topup(member)
    wanted = claim(order)
    decided = grant_replacement(claim=wanted, text="再充一次", actor=world.make_user(is_staff=True))
    assert decided.status == ClaimStatus.REPLACING
    with pytest.raises(NotRefundable):  # the money of what is on its way again stays put
        world.refund(order, Decimal(50), quantity=1)
    assert world.books_are_clean()

    settle(order, OutcomeKind.UNKNOWN)
    wanted.refresh_from_db()
    assert (wanted.status, money(member)) == (ClaimStatus.REPLACING, 450)

    apply_outcome(
        fulfilment_id=order.fulfilments.latest("pk").pk,
        outcome=Outcome(OutcomeKind.REJECTED),
        source="query",
    )
    wanted.refresh_from_db()
    order.refresh_from_db()
    assert wanted.status == ClaimStatus.REFUNDED
    assert wanted.refunded == order.refunded == 50
    assert (order.status, int(order.cost), money(member)) == ("completed", 45, 500)
    assert kinds_told(member) == ["retail.claim_replacing", "retail.claim_refunded"]
    assert world.books_are_clean()


def test_a_top_up_that_arrives_the_second_time_costs_us_twice(member: Member) -> None:
    order = buy_topup(member)
    wanted = claim(order, kind=ClaimKind.WRONG_ACCOUNT)
    grant_replacement(claim=wanted, text="再充一次", actor=world.make_user(is_staff=True))
    settle(order, OutcomeKind.DELIVERED)
    wanted.refresh_from_db()
    order.refresh_from_db()
    assert wanted.status == ClaimStatus.REPLACED
    assert (int(order.cost), int(order.refunded)) == (90, 0)
    assert balance(accounts.supplier("nobody-calls-it")) == 90
    assert world.books_are_clean()


def test_a_refund_takes_back_what_its_part_earned_and_no_more_than_was_paid(member: Member) -> None:
    order = buy_codes(member)
    staff = world.make_user(is_staff=True)
    wanted = claim(order)
    with pytest.raises(NotRefundable):
        grant_refund(claim=wanted, amount=Decimal("100.01"), text="退款", actor=staff)
    wanted.refresh_from_db()
    assert (wanted.status, FaultyCard.objects.count()) == (ClaimStatus.OPEN, 0)

    grant_refund(claim=wanted, amount=Decimal("50"), text="退款", actor=staff)
    assert (money(member), int(balance(member.points_id))) == (450, 50)
    second = claim(order)
    grant_refund(claim=second, amount=Decimal("20"), text="补偿", actor=staff)
    assert (money(member), int(balance(member.points_id))) == (470, 30)
    with pytest.raises(NotClaimable):  # both codes are dealt with
        claim(order)
    assert kinds_told(member) == ["retail.claim_refunded"] * 2
    assert world.books_are_clean()


def test_a_refused_or_withdrawn_claim_changes_nothing_and_may_be_made_again(member: Member) -> None:
    order = buy_codes(member, 1)
    staff = world.make_user(is_staff=True)
    withdraw_claim(claim=claim(order))
    refused = refuse_claim(claim=claim(order), text="截图里的卡号不同", actor=staff)
    assert (refused.status, refused.answer) == (ClaimStatus.REFUSED, "截图里的卡号不同")
    with pytest.raises(ClaimDecided):
        withdraw_claim(claim=refused)
    with pytest.raises(ClaimDecided):
        grant_refund(claim=refused, amount=Decimal(1), text="x", actor=staff)
    assert claim(order).status == ClaimStatus.OPEN
    assert balance(member.wallet_id) == 450
    assert world.books_are_clean()


@pytest.mark.parametrize(
    ("kind", "days"),
    [(ClaimKind.CODE_INVALID, 7), (ClaimKind.CODE_USED, 3)],
)
def test_each_kind_has_its_time(member: Member, kind: ClaimKind, days: int) -> None:
    order = buy_codes(member, 1)
    with (
        time_machine.travel(timezone.now() + timedelta(days=days, minutes=1)),
        pytest.raises(NotClaimable),
    ):
        claim(order, kind=kind)
    with time_machine.travel(timezone.now() + timedelta(days=days, minutes=-1)):
        assert claim(order, kind=kind).kind == kind


def test_what_may_not_be_claimed(member: Member) -> None:
    order, other = buy_codes(member), buy_topup(shop.make_member("100"))
    with pytest.raises(NotClaimable):  # of a top-up
        claim(order, kind=ClaimKind.NOT_RECEIVED)
    foreign = claimable_cards(buy_codes(shop.make_member("500")))[0].pk
    with pytest.raises(NotClaimable):
        open_claim(
            order=order, user=order.buyer, kind=ClaimKind.CODE_USED, cards=[foreign], text=TEXT
        )
    with pytest.raises(TextMissing):
        open_claim(
            order=other, user=other.buyer, kind=ClaimKind.NOT_RECEIVED, cards=[], text=" \0 "
        )
    claim(order)
    with pytest.raises(NotClaimable):  # one at a time
        claim(order)
    world.refund(other, Decimal(50), quantity=1)
    with pytest.raises(NotClaimable):  # its money is back
        claim(other)
    assert Claim.objects.count() == 1


def test_pictures_are_kept_and_anything_else_is_refused(member: Member) -> None:
    order = buy_codes(member)
    cards = [claimable_cards(order)[0].pk]
    for content in (b"", b"%PDF-1.7", b"<script>"):
        with pytest.raises(UploadInvalid):
            open_claim(
                order=order,
                user=order.buyer,
                kind=ClaimKind.CODE_USED,
                cards=cards,
                text=TEXT,
                pictures=[SimpleUploadedFile("proof.png", content)],
            )
    assert not Claim.objects.exists()
    wanted = open_claim(
        order=order,
        user=order.buyer,
        kind=ClaimKind.CODE_USED,
        cards=cards,
        text=TEXT,
        pictures=[SimpleUploadedFile("../evil.html", world.PNG + b"1")],
    )
    picture = TicketPicture.objects.get(message__ticket=wanted.ticket)
    assert str(picture.file.name).endswith(".png")
    assert "evil" not in str(picture.file.name)


def test_the_supplier_pays_back_what_it_grants(member: Member) -> None:
    order = buy_topup(member)
    supplier = Supplier.objects.get(code="nobody-calls-it")
    staff = world.make_user(is_staff=True)

    def demand(amount: str, ref: str) -> None:
        claim_from_supplier(
            order=order,
            supplier=supplier,
            amount=Decimal(amount),
            reason="充错号码",
            actor=staff,
            request_ref=ref,
        )

    with pytest.raises(PersonError):
        demand("45.0001", "a")
    demand("30", "b")
    demand("30", "b")
    assert claimable(order, supplier) == 15
    (opened,) = order.supplier_claims.all()
    answer_supplier_claim(claim=opened, granted=Decimal(20), answer="赔付20元", actor=staff)
    with pytest.raises(PersonError):
        answer_supplier_claim(claim=opened, granted=None, answer="again", actor=staff)
    assert balance(accounts.supplier(supplier.code)) == 25
    assert balance(accounts.cost("retail")) == -25
    demand("15", "c")
    answer_supplier_claim(
        claim=order.supplier_claims.latest("pk"), granted=None, answer="拒绝", actor=staff
    )
    assert claimable(order, supplier) == 15
    assert world.books_are_clean()


def test_the_measured_answer_counts_who_still_waits(member: Member) -> None:
    staff = world.make_user(is_staff=True)
    now = timezone.now()
    with time_machine.travel(now - timedelta(hours=2)):
        first, second = claim(buy_codes(member)), claim(buy_topup(member))
    with time_machine.travel(now - timedelta(hours=2) + timedelta(minutes=10)):
        refuse_claim(claim=first, text="x", actor=staff)
    measured = first_answers(since=now - timedelta(days=1))
    assert measured.count == 2
    assert measured.within_promise == 0.5
    assert measured.median_seconds == pytest.approx((600 + 7200) / 2, abs=5)
    assert second.status == ClaimStatus.OPEN
    assert first_answers(since=now).median_seconds is None


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_and_a_refund_at_once_one_wins_and_no_money_is_made(
    member: Member,
) -> None:
    order = buy_codes(member, 1)
    wanted = claim(order)
    staff = [world.make_user(is_staff=True) for _ in range(6)]

    def decide(n: int) -> str:
        try:
            match n % 3:
                case 0:
                    grant_refund(claim=wanted, amount=Decimal(50), text="x", actor=staff[n])
                case 1:
                    grant_replacement(claim=wanted, text="x", actor=staff[n])
                case _:
                    world.refund(order, Decimal(50), quantity=1)
        except (ClaimDecided, NotRefundable, NotReplaceable, NotClaimable):
            return "late"
        return "done"

    outcomes = in_threads(decide, range(6), threads=6)
    order.refresh_from_db()
    wanted.refresh_from_db()
    assert order.refunded in (0, 50)
    assert balance(member.wallet_id) == 450 + order.refunded
    # A replacement that was delivered first may still be refunded by the other person, once.
    assert 1 <= outcomes.count("done") <= 2
    assert world.books_are_clean()
