"""Staff change prices by table, file and form; try commissions out; hold them back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kameng.models import (
    ChangeSetStatus,
    Commission,
    CommissionPolicy,
    ContractPrice,
    PolicyOverride,
    PriceChangeSet,
    SettlementHold,
    TierDiscount,
    TierPrice,
)
from kameng.price_rules import price_list
from orders.services import place_order
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    client.force_login(
        world.make_user(is_staff=True, is_superuser=True),
        backend="users.backends.PhoneOrUsernameBackend",
    )
    return client


@pytest.fixture
def goods(card):
    """In stock at ¥80, which is what it costs at the only offer."""
    return card


def paid(agent, sku) -> Decimal:
    return price_list(agent, [sku.pk])[sku.pk].price


def table_of(sku) -> str:
    return f"{reverse('admin:kameng_price_table')}?category={sku.product.category_id}"


def field(sku, rank: int) -> str:
    return f"p-{sku.pk}-{world.make_tier(rank).pk}"


def test_the_table_is_edited_looked_at_and_saved_as_one_change(staff, chain, goods) -> None:
    shown = staff.get(table_of(goods)).content.decode()
    assert "¥80.0000" in shown  # the lowest cost
    assert "+¥8.00" in shown  # the master's margin
    discount = f"d-{world.make_tier(2).pk}"
    typed = {field(goods, 1): "91", field(goods, 2): "", discount: "96.5"}
    looked = staff.post(table_of(goods), typed, follow=True)
    text = looked.content.decode()
    assert "No rule is broken" in text
    changes = PriceChangeSet.objects.get()
    assert (changes.status, len(changes.items)) == (ChangeSetStatus.DRAFT, 3)
    assert paid(chain[1], goods) == 90
    page = reverse("admin:kameng_pricechangeset_change", args=[changes.pk])
    assert staff.post(page, {"reason": ""}).status_code == 422
    staff.post(page, {"reason": "autumn list"})
    assert (paid(chain[1], goods), paid(chain[2], goods)) == (Decimal(91), Decimal("96.5"))
    assert TierDiscount.objects.get().rate == Decimal("0.965")
    assert "autumn list" in staff.get(page).content.decode()
    assert staff.get(reverse("admin:kameng_pricechange_changelist")).status_code == 200


def test_what_breaks_a_rule_can_not_be_saved_and_what_was_typed_is_kept(
    staff, chain, goods
) -> None:
    wrong = staff.post(table_of(goods), {field(goods, 1): "9.999", field(goods, 2): "94"})
    assert wrong.status_code == 422
    assert 'value="9.999"' in wrong.content.decode()
    looked = staff.post(table_of(goods), {field(goods, 0): "79"}, follow=True)
    text = looked.content.decode()
    assert "below the cost of ¥80" in text
    assert "Save the prices" not in text
    page = reverse("admin:kameng_pricechangeset_change", args=[PriceChangeSet.objects.get().pk])
    assert staff.post(page, {"reason": "all the same"}).status_code == 422
    assert paid(chain[0], goods) == 88


def test_a_file_is_taken_whole_or_not_at_all(staff, chain, goods) -> None:
    address = reverse("admin:kameng_price_upload", args=["tiers"])
    template = b"".join(staff.get(f"{address}?format=csv").streaming_content).decode()
    assert f"{goods.code}," in template
    codes = [world.make_tier(rank).code for rank in range(3)]

    def upload(*lines: str):
        text = "\n".join([f"sku,list_price,{','.join(codes)}", *lines])
        file = SimpleUploadedFile("prices.csv", text.encode())
        return staff.post(address, {"file": file}, follow=True)

    bad = upload(f"{goods.code},100,88,x,95", "nothing,1,1,1,1", f"{goods.code},1,1,1,1")
    assert bad.status_code == 422
    for part in ("line 2", "not an amount", "line 3", "no SKU nothing", "line 4", "twice"):
        assert part in bad.content.decode()
    assert not PriceChangeSet.objects.exists()
    same = upload(f"{goods.code},100,88,90,95")
    assert "Nothing in the file differs" in same.content.decode()
    good = upload(f"{goods.code},101,88,,")
    assert "¥101.00" in good.content.decode()
    changes = PriceChangeSet.objects.get()
    page = reverse("admin:kameng_pricechangeset_change", args=[changes.pk])
    at = timezone.localtime(timezone.now() + timedelta(days=2))
    staff.post(
        page,
        {"reason": "list", "effective_at_0": f"{at:%Y-%m-%d}", "effective_at_1": f"{at:%H:%M}"},
    )
    changes.refresh_from_db()
    assert changes.status == ChangeSetStatus.SCHEDULED
    assert TierPrice.objects.filter(sku=goods).count() == 3
    staff.post(reverse("admin:kameng_price_discard", args=[changes.pk]), {"reason": "not now"})
    changes.refresh_from_db()
    assert changes.status == ChangeSetStatus.DISCARDED


def test_contracts_by_form_and_by_file(staff, chain, goods) -> None:
    add = reverse("admin:kameng_contractprice_add")
    form = {"agent": chain[2].pk, "sku": goods.pk, "price": "89", "reason": "big client"}
    refused = staff.post(add, form)
    assert "¥90.00" in refused.content.decode()
    assert not ContractPrice.objects.exists()
    assert staff.post(add, {**form, "price": "92"}).status_code == 302
    contract = ContractPrice.objects.get()
    assert contract.price == 92
    address = reverse("admin:kameng_price_upload", args=["contracts"])
    lines = b"".join(staff.get(f"{address}?format=csv").streaming_content).decode()
    file = SimpleUploadedFile("contracts.csv", lines.replace("92.0000", "93").encode())
    staff.post(address, {"file": file})
    changes = PriceChangeSet.objects.get(status=ChangeSetStatus.DRAFT)
    staff.post(
        reverse("admin:kameng_pricechangeset_change", args=[changes.pk]), {"reason": "index"}
    )
    contract.refresh_from_db()
    assert contract.price == 93
    staff.post(
        f"{reverse('admin:kameng_contractprice_changelist')}{contract.pk}/end/", {"reason": "left"}
    )
    contract.refresh_from_db()
    assert contract.valid_until is not None


def test_the_simulator_says_what_a_real_order_pays(staff, chain, goods) -> None:
    world.make_policy("0.03", "0.02")
    shown = staff.get(
        reverse("admin:kameng_simulator"),
        {"agent": chain[2].user.username, "sku": goods.code, "quantity": "3", "policy": ""},
    ).content.decode()
    place_order(channel="wholesale", buyer=chain[2].user, sku=goods, quantity=3, client_ref="a")
    for row in Commission.objects.all():
        assert f"¥{row.amount:.4f}" in shown
    draft = {"policy": "draft", "share": "100", "rate_1": "50", "generations": "1"}
    question = {"agent": chain[2].name, "sku": goods.code, "quantity": "1", **draft}
    capped = staff.get(reverse("admin:kameng_simulator"), question).content.decode()
    assert "¥37.5000 are cut" in capped  # 5 of gap and 47.5 of rate, of a margin of 15
    assert CommissionPolicy.objects.count() == 1
    unlawful = staff.get(reverse("admin:kameng_simulator"), {**question, "generations": "4"})
    assert unlawful.status_code == 422


def test_a_policy_with_exceptions_is_made_in_the_back_office(staff, goods) -> None:
    at = timezone.localtime(timezone.now() + timedelta(days=3))
    form = {
        "effective_from_0": f"{at:%Y-%m-%d}",
        "effective_from_1": f"{at:%H:%M:%S}",
        "level_difference_share": "1",
        "max_generations": "2",
        "after_sale_hours": "48",
        "note": "2027",
        "generation_rates-TOTAL_FORMS": "1",
        "generation_rates-INITIAL_FORMS": "0",
        "generation_rates-0-generation": "1",
        "generation_rates-0-rate": "0.01",
        "overrides-TOTAL_FORMS": "1",
        "overrides-INITIAL_FORMS": "0",
        "overrides-0-sku": goods.pk,
        "overrides-0-level_difference_share": "0.5",
        "overrides-0-rate_1": "0.02",
        "overrides-0-rate_2": "0",
        "overrides-0-rate_3": "0.01",
    }
    add = reverse("admin:kameng_commissionpolicy_add")
    refused = staff.post(add, form)
    assert "The policy pays 2 generations." in refused.content.decode()
    assert staff.post(add, {**form, "overrides-0-rate_3": "0"}).status_code == 302
    assert PolicyOverride.objects.get().rate_1 == Decimal("0.02")


def test_staff_hold_back_and_release(staff, chain) -> None:
    holds = reverse("admin:kameng_settlementhold_changelist")
    staff.post(f"{holds}hold/", {"agent": chain[1].user.username, "reason": "checked"})
    hold = SettlementHold.objects.get(released_at=None)
    statement = reverse("admin:kameng_commission_statement", args=[chain[1].pk])
    assert "checked" in staff.get(statement).content.decode()
    staff.post(f"{holds}{hold.pk}/release/", {"reason": "fine"})
    assert not SettlementHold.objects.filter(released_at=None).exists()
    for name in ("settlementbatch", "settlement", "commission", "downlinemarkup", "tierprice"):
        assert staff.get(reverse(f"admin:kameng_{name}_changelist")).status_code == 200


def test_a_list_price_that_breaks_a_rule_is_refused_beside_its_field(staff, chain) -> None:
    sku = world.make_sku(list_price="100")
    world.stock_cards(sku, 1, unit_cost="80")
    page = reverse("admin:catalog_sku_change", args=[sku.pk])
    form = {
        name: getattr(sku, name)
        for name in ("code", "name", "name_en", "face_value", "min_quantity", "max_quantity")
    } | {"is_on_sale": "on", "position": "0"}
    refused = staff.post(page, {**form, "list_price": "79"})
    assert "below the cost of ¥80" in refused.content.decode()
    staff.post(page, {**form, "list_price": "99"})
    sku.refresh_from_db()
    assert sku.list_price == 99


def test_staff_find_the_prices_that_break_a_rule_already(staff, chain, goods) -> None:
    address = reverse("admin:kameng_price_problems")
    assert "No price breaks a rule" in staff.get(address).content.decode()
    ContractPrice.objects.create(
        agent=chain[1], sku=goods, price=Decimal("70"), valid_from=timezone.now()
    )
    text = staff.get(address).content.decode()
    assert f"{chain[1].name} would pay ¥70.00, below the cost of ¥80.0000" in text
    assert "below the ¥88.00 that its upline" in text
    only = staff.get(address, {"rule": "below_cost", "q": goods.code}).content.decode()
    assert "that its upline" not in only
    file = b"".join(staff.get(address, {"format": "csv"})).decode()
    assert file.count(goods.code) == 2
    assert Client().get(address).status_code == 302
