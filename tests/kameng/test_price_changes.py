"""Changing prices: all or nothing, refused with the figures when somebody's price would break a
rule, kept in a history that nobody can rewrite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone, translation

from catalog.models import SKU
from catalog.services import save_sku
from kameng.errors import ChangesDone, DateInPast, PriceRefused, ReasonMissing
from kameng.models import (
    Agent,
    ChangeSetStatus,
    ChangeSource,
    ContractPrice,
    DownlineMarkup,
    PriceChange,
    PriceChangeSet,
    PriceKind,
    TierDiscount,
    TierPrice,
)
from kameng.price_items import PriceItem
from kameng.price_rules import price_list
from kameng.services.price_changes import (
    apply_due_changes,
    change_prices,
    draft_changes,
    preview,
    save_draft,
)
from suppliers.models import Offer, Supplier, SupplierGoods
from tests import world
from tests.threads import in_threads
from users.models import AuditLog, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return world.make_user(is_staff=True)


@pytest.fixture
def sku(chain: list[Agent]) -> SKU:
    """¥88, ¥90, ¥95 for the three tiers, list ¥100; ten in stock at ¥80."""
    sku = world.make_sku(list_price="100")
    world.price_tiers(sku, "88", "90", "95")
    world.make_offer(sku, world.stock_supplier(), cost="1")
    world.stock_cards(sku, 10, unit_cost="80")
    return sku


def tier_price(sku: SKU, rank: int, price: str | None) -> PriceItem:
    return PriceItem(
        kind=PriceKind.TIER_PRICE,
        value=None if price is None else Decimal(price),
        sku_id=sku.pk,
        tier_id=world.make_tier(rank).pk,
    )


def contract(
    agent: Agent, sku: SKU, price: str, *, starts_in: int = 0, days: int = 30
) -> PriceItem:
    start = timezone.now() + timedelta(days=starts_in, minutes=-1)
    return PriceItem(
        kind=PriceKind.CONTRACT,
        value=Decimal(price),
        sku_id=sku.pk,
        agent_id=agent.pk,
        valid_from=start,
        valid_until=start + timedelta(days=days),
    )


def markup(agent: Agent, rate: str | None, **about: int) -> PriceItem:
    return PriceItem(
        kind=PriceKind.MARKUP,
        value=None if rate is None else Decimal(rate),
        agent_id=agent.pk,
        **about,  # type: ignore[arg-type]
    )


def change(staff: User | None, *items: PriceItem, near: Agent | None = None) -> PriceChangeSet:
    return change_prices(
        items=items, actor=staff, reason="new list", source=ChangeSource.FORM, near=near
    )


def paid(agent: Agent, sku: SKU) -> Decimal:
    return price_list(agent, [sku.pk])[sku.pk].price


def refusal(staff: User, *items: PriceItem, near: Agent | None = None) -> str:
    with (
        translation.override("en"),
        pytest.raises(PriceRefused) as refused,
        transaction.atomic(),
    ):
        change(staff, *items, near=near)
    return str(refused.value)


def test_a_change_is_in_force_with_the_next_quote_and_is_audited(chain, sku, staff) -> None:
    changes = change(staff, tier_price(sku, 1, "91.5"), tier_price(sku, 2, None))
    assert (paid(chain[1], sku), paid(chain[2], sku)) == (Decimal("91.5"), Decimal(100))
    assert changes.status == ChangeSetStatus.APPLIED
    row = AuditLog.objects.get(action="change_prices")
    assert (row.actor, row.reason) == (staff, "new list")


def test_a_change_needs_a_reason(sku, staff) -> None:
    with pytest.raises(ReasonMissing):
        change_prices(
            items=[tier_price(sku, 1, "91")], actor=staff, reason=" ", source=ChangeSource.FORM
        )


def test_a_tiers_price_below_the_cost_is_refused_with_the_figures(chain, sku, staff) -> None:
    told = refusal(staff, tier_price(sku, 0, "79.99"))
    assert "¥79.99" in told
    assert "¥80" in told
    assert world.make_tier(0).label in told
    assert paid(chain[0], sku) == 88
    change(staff, tier_price(sku, 0, "80"))


def test_losing_money_can_be_allowed(chain, sku, staff) -> None:
    Offer.objects.filter(sku=sku).update(allows_loss=True, loss_reason="campaign")
    change(staff, tier_price(sku, 0, "70"))
    assert paid(chain[0], sku) == 70


def test_what_the_supplier_lists_counts_before_staff_accept_it(chain, staff) -> None:
    sku = world.make_sku(list_price="100")
    supplier = Supplier.objects.create(code="s", name="s", adapter="fulu", base_url="http://s")
    world.make_offer(sku, supplier, cost="60", supplier_ref="a")
    now = timezone.now()
    SupplierGoods.objects.create(
        supplier=supplier, ref="a", name="a", kind="card", cost=70, first_seen_at=now, seen_at=now
    )
    assert "¥70" in refusal(staff, tier_price(sku, 0, "69"))
    change(staff, tier_price(sku, 0, "70"))


def test_a_lower_tier_never_pays_less_than_the_one_above(chain, sku, staff) -> None:
    told = refusal(staff, tier_price(sku, 2, "89"))
    assert "¥89.00" in told
    assert "¥90.00" in told
    assert "¥95.00" in refusal(staff, tier_price(sku, 1, "96"))


def test_a_discount_is_looked_at_for_every_sku_of_the_category(chain, sku, staff) -> None:
    other = world.make_sku(list_price="10", category=sku.product.category)
    world.make_offer(other, world.stock_supplier())
    world.stock_cards(other, 1, unit_cost="9")
    discount = PriceItem(
        kind=PriceKind.TIER_DISCOUNT,
        value=Decimal("0.89"),
        category_id=sku.product.category_id,
        tier_id=world.make_tier(0).pk,
    )
    told = refusal(staff, discount)
    assert "¥8.90" in told
    assert "¥9" in told
    assert not TierDiscount.objects.exists()


def test_a_contract_stays_between_the_cost_and_below_nobodys_upline(chain, sku, staff) -> None:
    assert "¥80" in refusal(staff, contract(chain[0], sku, "79"))
    told = refusal(staff, contract(chain[2], sku, "89"))
    assert chain[2].name in told
    assert chain[1].name in told
    assert "¥90.00" in told
    # Above what its own downline pays, a contract is refused as well.
    assert chain[2].name in refusal(staff, contract(chain[1], sku, "95.01"))
    change(staff, contract(chain[2], sku, "90"))
    assert paid(chain[2], sku) == 90


def test_a_contract_of_next_week_is_looked_at_as_it_will_be(chain, sku, staff) -> None:
    assert timezone.localtime(timezone.now() + timedelta(days=7)).strftime("%Y-%m-%d") in refusal(
        staff, contract(chain[2], sku, "89", starts_in=7)
    )
    change(staff, contract(chain[1], sku, "88", starts_in=7))
    change(staff, contract(chain[2], sku, "88.5", starts_in=8, days=9))
    # The upline's contract would end before: then it pays ¥90 again.
    ends = ContractPrice.objects.get(agent=chain[1])
    sooner = PriceItem(
        kind=PriceKind.CONTRACT,
        value=Decimal(88),
        row_id=ends.pk,
        valid_from=ends.valid_from,
        valid_until=ends.valid_from + timedelta(days=2),
    )
    assert "¥88.50" in refusal(staff, sooner)


def test_two_contracts_at_a_time_are_refused_in_plain_words(chain, sku, staff) -> None:
    change(staff, contract(chain[2], sku, "92"))
    assert "another contract" in refusal(staff, contract(chain[2], sku, "93", starts_in=3))


def test_raising_an_uplines_price_above_its_downlines_contract_is_refused(
    chain, sku, staff
) -> None:
    change(staff, contract(chain[2], sku, "90.5"))
    told = refusal(staff, tier_price(sku, 1, "91"))
    assert "¥90.50" in told
    assert "¥91.00" in told
    assert chain[2].name in told


def test_a_markup_reaches_the_downline_and_may_not_pass_what_they_sell_on_for(
    chain, sku, staff
) -> None:
    change(chain[0].user, markup(chain[0], "0.05"), near=chain[0])
    assert paid(chain[1], sku) == Decimal("92.40")
    told = refusal(staff, markup(chain[0], "0.08"), near=chain[0])  # 95.04: chain[2] pays 95
    assert chain[1].name in told
    assert chain[2].name in told
    assert "¥95.04" in told
    assert "¥95.00" in told
    assert paid(chain[1], sku) == Decimal("92.40")


def test_the_most_specific_markup_counts(chain, sku, staff) -> None:
    category = sku.product.category
    change(staff, markup(chain[1], "0.03"))
    change(staff, markup(chain[1], "0.04", category_id=category.pk))
    assert paid(chain[2], sku) == Decimal("93.60")
    change(staff, markup(chain[1], "0.05", sku_id=sku.pk))
    assert paid(chain[2], sku) == Decimal("94.50")
    change(staff, markup(chain[1], None, sku_id=sku.pk))
    assert paid(chain[2], sku) == Decimal("93.60")
    assert DownlineMarkup.objects.count() == 2


def test_a_markup_far_from_an_agent_is_none_of_its_business(chain, sku, staff) -> None:
    other = world.make_chain("0", "0", "0")
    DownlineMarkup.objects.create(upline=other[0], rate=Decimal("0.5"))  # breaks the rule already
    change(chain[0].user, markup(chain[0], "0.02"), near=chain[0])
    assert paid(chain[1], sku) == Decimal("89.76")
    change(staff, tier_price(sku, 0, "87"))  # what was broken before is not its fault
    assert other[2].name in refusal(staff, tier_price(sku, 0, "87.10"))  # making it worse is


def test_staff_hear_when_what_is_broken_would_become_worse(chain, sku, staff) -> None:
    TierPrice.objects.filter(sku=sku, tier__rank=2).update(price=Decimal(89))
    change(staff, tier_price(sku, 0, "87"))
    assert "¥89.00" in refusal(staff, tier_price(sku, 1, "90.5"))


def test_list_prices_are_looked_at_wherever_they_are_saved(chain, staff) -> None:
    sku = world.make_sku(list_price="100")
    world.make_offer(sku, world.stock_supplier())
    world.stock_cards(sku, 1, unit_cost="80")
    sku.list_price = Decimal("79")
    with pytest.raises(PriceRefused), transaction.atomic():
        save_sku(sku, actor=staff)
    sku.list_price = Decimal("99")
    save_sku(sku, actor=staff)
    row = PriceChange.objects.get(kind=PriceKind.LIST)
    assert (row.old_value, row.new_value, row.actor) == (Decimal(100), Decimal(99), staff)


def test_all_of_a_change_or_nothing(chain, sku, staff) -> None:
    refusal(staff, tier_price(sku, 1, "91"), tier_price(sku, 2, "70"))
    assert [paid(agent, sku) for agent in chain] == [88, 90, 95]
    assert not PriceChangeSet.objects.exists()


def test_a_preview_tells_and_changes_nothing(chain, sku) -> None:
    before = PriceChange.objects.count()
    (problem,) = preview(items=[tier_price(sku, 2, "89")])
    assert (problem.rule, problem.price, problem.least) == (
        "below_upline",
        Decimal(89),
        Decimal(90),
    )
    assert preview(items=[tier_price(sku, 2, "96")]) == []
    assert (paid(chain[2], sku), PriceChange.objects.count()) == (Decimal(95), before)


def test_the_history_tells_who_and_can_not_be_rewritten(chain, sku, staff) -> None:
    changes = change(staff, tier_price(sku, 1, "91"))
    row = PriceChange.objects.get(change_set=changes)
    assert (row.kind, row.old_value, row.new_value) == ("tier_price", Decimal(90), Decimal(91))
    assert (row.sku_id, row.tier_id, row.actor) == (sku.pk, world.make_tier(1).pk, staff)
    TierPrice.objects.filter(sku=sku, tier__rank=1).update(price=92)  # past all services
    assert PriceChange.objects.latest("pk").new_value == 92
    for attempt in (
        lambda: PriceChange.objects.all().delete(),
        lambda: PriceChange.objects.update(new_value=1),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def scheduled(staff: User, *items: PriceItem, hours: int = 2) -> PriceChangeSet:
    changes = draft_changes(items=items, actor=staff, source=ChangeSource.GRID)
    at = timezone.now() + timedelta(hours=hours)
    save_draft(changes=changes, actor=staff, reason="from Monday on", effective_at=at)
    return changes


def test_a_scheduled_change_is_in_force_from_its_time_on(chain, sku, staff) -> None:
    changes = scheduled(staff, tier_price(sku, 1, "91"))
    assert (apply_due_changes(), paid(chain[1], sku)) == (0, Decimal(90))
    with time_machine.travel(timezone.now() + timedelta(hours=3)):
        assert (apply_due_changes(), apply_due_changes()) == (1, 0)
    changes.refresh_from_db()
    assert (paid(chain[1], sku), changes.status) == (Decimal(91), ChangeSetStatus.APPLIED)
    assert PriceChange.objects.get(change_set=changes).actor == staff
    with pytest.raises(ChangesDone):
        save_draft(changes=changes, actor=staff, reason="again", effective_at=None)


def test_a_scheduled_change_that_breaks_a_rule_when_due_is_refused_and_says_why(
    chain, sku, staff
) -> None:
    changes = scheduled(staff, tier_price(sku, 1, "94"))
    change(staff, tier_price(sku, 2, "93"))
    with time_machine.travel(timezone.now() + timedelta(hours=3)):
        apply_due_changes()
    changes.refresh_from_db()
    assert (paid(chain[1], sku), changes.status) == (Decimal(90), ChangeSetStatus.REFUSED)
    assert "¥93.00" in changes.problems[0]


def test_a_change_is_not_scheduled_for_the_past(sku, staff) -> None:
    with pytest.raises(DateInPast):
        scheduled(staff, tier_price(sku, 1, "91"), hours=-1)


@pytest.mark.django_db(transaction=True)
def test_two_changes_that_are_fine_alone_do_not_break_a_rule_together(chain, sku, staff) -> None:
    """Level 1 up to ¥94 and level 2 down to ¥92: either, never both."""

    def attempt(item: PriceItem) -> bool:
        try:
            change(staff, item)
        except PriceRefused:
            return False
        return True

    items: Sequence[PriceItem] = [tier_price(sku, 1, "94"), tier_price(sku, 2, "92")]
    assert sorted(in_threads(attempt, items, threads=2)) == [False, True]
    assert paid(chain[2], sku) >= paid(chain[1], sku)
