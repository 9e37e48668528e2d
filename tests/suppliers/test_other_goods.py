"""A supplier uses a product number for other goods: nobody gets them before a person has agreed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import SKU
from suppliers.adapters.base import SupplierProduct
from suppliers.candidates import route
from suppliers.errors import ProposalDecided, ProposalOutdated
from suppliers.models import (
    Alert,
    AlertCause,
    KnownGoods,
    Offer,
    OfferStop,
    Proposal,
    ProposalKind,
    ProposalStatus,
    StopCause,
    Supplier,
    SupplierGoods,
)
from suppliers.pricelists.deciding import accept, refuse
from suppliers.pricelists.fetching import ask_for_list, take_list
from suppliers.pricelists.guarding import guard
from suppliers.pricelists.sameness import Goods, what_differs
from tests import world
from users.models import AuditLog, User

NAME = "腾讯视频VIP会员月卡"


def goods(name: str = NAME, **changes: Any) -> Goods:
    return Goods(
        **{"name": name, "kind": "topup", "face_value": Decimal(30), "is_rate": False, **changes}
    )


@pytest.mark.parametrize(
    ("now", "codes"),
    [
        (goods("【热卖】腾讯视频 VIP会员 月卡"), []),
        (goods(face_value=None), []),
        (goods("腾讯视频VIP会员年卡"), ["goods_name", "other_period"]),
        (goods("腾讯视频VIP会员"), ["goods_name", "other_period"]),
        (goods(face_value=Decimal(300)), ["goods_name", "goods_value"]),
        (goods(kind="card"), ["goods_name", "goods_kind"]),
        (goods(is_rate=True), ["goods_name", "goods_rate"]),
        (goods("芒果TV月卡"), ["goods_name", "name"]),
    ],
)
def test_other_wording_is_not_other_goods(now: Goods, codes: list[str]) -> None:
    assert [reason.code for reason in what_differs(goods(), now)] == codes


def test_other_figures_in_the_name_are_other_goods() -> None:
    found = what_differs(goods("Q币 10个", face_value=None), goods("Q币 100个", face_value=None))
    assert "figures" in [reason.code for reason in found]


@pytest.fixture
def supplier() -> Supplier:
    return Supplier.objects.create(code="acme", name="Acme", adapter="fulu")


@pytest.fixture
def chief() -> User:
    return world.make_user("chief", is_staff=True)


@pytest.fixture
def sku() -> SKU:
    sku = world.make_sku("topup", list_price="30")
    sku.product.name, sku.name = "腾讯视频VIP会员", "月卡"
    sku.product.save()
    sku.save()
    return sku


def taken(supplier: Supplier, name: str, *, value: str = "30", cost: str = "22") -> None:
    """The supplier's list has one product, number 7, with this name."""
    run = ask_for_list(supplier=supplier)
    run.started_at = timezone.now()
    run.save()
    take_list(
        run=run,
        products=[SupplierProduct("7", name, "topup", Decimal(cost), Decimal(value))],
    )


def stops(offer: Offer) -> set[str]:
    return set(OfferStop.objects.filter(offer=offer, ended_at=None).values_list("cause", flat=True))


def is_routed(sku: SKU) -> bool:
    decision = route(
        sku_id=sku.pk, quantity=1, unit_price=Decimal(30), account={}, in_sandbox=False
    )
    return bool(decision.parts)


@pytest.mark.django_db
def test_the_offer_is_out_until_a_person_agrees_to_the_other_goods(
    supplier: Supplier, sku: SKU, chief: User
) -> None:
    offer = world.make_offer(sku, supplier, cost="22", supplier_ref="7")
    taken(supplier, NAME)
    taken(supplier, f"【热卖】{NAME}")
    assert (stops(offer), is_routed(sku)) == (set(), True)

    taken(supplier, "腾讯视频VIP会员年卡", value="300", cost="25")
    assert (stops(offer), is_routed(sku)) == ({StopCause.CHANGED}, False)
    alert = Alert.objects.get(ended_at=None)
    assert (alert.cause, alert.facts["names"]) == (
        AlertCause.CHANGED,
        f"{NAME} → 腾讯视频VIP会员年卡",
    )
    proposal = Proposal.objects.get(status=ProposalStatus.PENDING)
    assert (proposal.kind, proposal.cost_after) == (ProposalKind.GOODS, Decimal(25))
    offer.refresh_from_db()
    assert offer.cost == 22, "not even the cost is taken before"

    accept(proposal_ids=[proposal.pk], actor=chief, reason="we sell years now")
    offer.refresh_from_db()
    assert (offer.cost, stops(offer), is_routed(sku)) == (Decimal(25), set(), True)
    known = KnownGoods.objects.get(offer=offer)
    assert (known.name, known.agreed_by) == ("腾讯视频VIP会员年卡", chief)
    assert not Alert.objects.filter(ended_at=None).exists()
    assert AuditLog.objects.get(action="pricelist.accept_goods").reason == "we sell years now"


@pytest.mark.django_db
def test_refused_goods_stay_out_and_the_old_ones_come_back_by_themselves(
    supplier: Supplier, sku: SKU, chief: User
) -> None:
    offer = world.make_offer(sku, supplier, cost="22", supplier_ref="7")
    taken(supplier, NAME)
    taken(supplier, "芒果TV年卡")
    refuse(proposal_ids=[Proposal.objects.get().pk], actor=chief, reason="not what we sell")
    taken(supplier, "芒果TV年卡")
    assert not Proposal.objects.filter(status=ProposalStatus.PENDING).exists()
    assert stops(offer) == {StopCause.CHANGED}
    taken(supplier, NAME)
    assert (stops(offer), is_routed(sku)) == (set(), True)


@pytest.mark.django_db
def test_who_accepts_one_thing_does_not_accept_another(
    supplier: Supplier, sku: SKU, chief: User
) -> None:
    offer = world.make_offer(sku, supplier, cost="22", supplier_ref="7")
    taken(supplier, NAME)
    taken(supplier, "腾讯视频VIP会员年卡")
    seen = Proposal.objects.get()
    taken(supplier, "腾讯视频VIP会员周卡")
    with pytest.raises(ProposalDecided):
        accept(proposal_ids=[seen.pk], actor=chief, reason="a year is fine")
    fresh = Proposal.objects.get(status=ProposalStatus.PENDING)
    SupplierGoods.objects.update(name="芒果TV年卡")  # changed while the page was open
    with pytest.raises(ProposalOutdated):
        accept(proposal_ids=[fresh.pk], actor=chief, reason="a week is fine")
    assert KnownGoods.objects.get(offer=offer).name == NAME


@pytest.mark.django_db
def test_another_number_entered_by_hand_is_what_it_stands_for_now(
    supplier: Supplier, sku: SKU
) -> None:
    offer = world.make_offer(sku, supplier, cost="22", supplier_ref="old")
    taken(supplier, "芒果TV年卡")
    offer.supplier_ref = "7"
    offer.save()
    guard(supplier_id=supplier.pk)
    assert (KnownGoods.objects.get(offer=offer).name, stops(offer)) == ("芒果TV年卡", set())
