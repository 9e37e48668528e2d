"""A price list is fetched over HTTP, kept with its history, matched, proposed, guarded."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from catalog.models import SKU
from kalegou.models import MemberLevel
from kameng.models import ContractPrice
from suppliers.adapters.base import SupplierProduct
from suppliers.alerts import services as alerts
from suppliers.candidates import route
from suppliers.errors import ProposalDecided, ProposalOutdated, ReasonNeeded
from suppliers.models import (
    Alert,
    AlertCause,
    ChangeKind,
    GoodsChange,
    ListRun,
    Offer,
    OfferStop,
    Proposal,
    ProposalKind,
    ProposalStatus,
    RoutingRule,
    RunResult,
    StopCause,
    Supplier,
    SupplierGoods,
)
from suppliers.pricelists.deciding import accept, refuse
from suppliers.pricelists.fetching import ask_for_list, fetch_due_lists, fetch_list, take_list
from suppliers.pricelists.floors import Floor, lowest_prices
from suppliers.pricelists.guarding import guard_all
from tests import world
from tests.sandboxes import SandboxProcess
from tests.threads import in_threads
from users.models import AuditLog, User

pytestmark = pytest.mark.django_db

TENCENT = "10000001"  # 腾讯视频VIP会员月卡, face value 30, cost 22.5


@pytest.fixture
def supplier(sandbox_suppliers: list[Supplier]) -> Supplier:
    return sandbox_suppliers[0]


@pytest.fixture
def chief() -> User:
    return world.make_user("chief", is_staff=True)


def video_sku(**fields: Any) -> SKU:
    sku = world.make_sku("topup", list_price="30", **fields)
    sku.product.name, sku.name = "腾讯视频VIP会员", "月卡"
    sku.product.save()
    sku.save()
    return sku


def fetched(supplier: Supplier, **fields: Any) -> ListRun:
    """Ask the sandbox for its list, as a worker would."""
    run = ask_for_list(supplier=supplier, **fields)
    fetch_list(run_id=run.pk)
    run.refresh_from_db()
    return run


def taken(supplier: Supplier, *products: SupplierProduct, **fields: Any) -> ListRun:
    """Take a list as if the supplier had told it."""
    run = ask_for_list(supplier=supplier, **fields)
    run.started_at = timezone.now()
    run.save()
    take_list(run=run, products=list(products))
    run.refresh_from_db()
    return run


def product(ref: str, cost: str, **changes: Any) -> SupplierProduct:
    fields: dict[str, Any] = {"name": f"某某商品{ref}", "kind": "topup", **changes}
    return SupplierProduct(ref=ref, cost=Decimal(cost), **fields)


def routed(sku: SKU, price: str = "30") -> bool:
    decision = route(
        sku_id=sku.pk, quantity=1, unit_price=Decimal(price), account={}, in_sandbox=False
    )
    return bool(decision.parts)


def open_alerts() -> set[str]:
    return set(Alert.objects.filter(ended_at=None).values_list("cause", flat=True))


def stops(offer: Offer) -> set[str]:
    return set(OfferStop.objects.filter(offer=offer, ended_at=None).values_list("cause", flat=True))


# --- fetching, and the history -------------------------------------------------------------


def test_a_list_is_kept_and_every_change_of_it(
    supplier: Supplier, supplier_sandbox: SandboxProcess
) -> None:
    run = fetched(supplier)
    assert run.result == RunResult.TAKEN
    assert run.appeared == run.listed == SupplierGoods.objects.count() > 20
    goods = SupplierGoods.objects.get(ref=TENCENT)
    assert (goods.cost, goods.face_value, goods.kind) == (Decimal("22.5"), Decimal(30), "topup")
    assert fetched(supplier).changed == 0, "nothing has changed"

    supplier_sandbox.settings(goods={TENCENT: {"price": "23.75"}, "10000002": {"is_listed": False}})
    run = fetched(supplier)
    assert (run.appeared, run.changed, run.gone) == (0, 1, 1)
    changes = GoodsChange.objects.filter(run=run).order_by("kind")
    assert [(c.goods.ref, c.kind, c.before, c.after) for c in changes] == [
        (TENCENT, ChangeKind.COST, "22.5000", "23.7500"),
        ("10000002", ChangeKind.GONE, "21.8000", ""),
    ]
    supplier_sandbox.settings(goods={})
    run = fetched(supplier)
    assert set(GoodsChange.objects.filter(run=run).values_list("kind", flat=True)) == {
        ChangeKind.COST,
        ChangeKind.BACK,
    }


def test_no_list_changes_nothing_and_is_told_after_some_misses(
    supplier: Supplier, supplier_sandbox: SandboxProcess
) -> None:
    fetched(supplier)
    before = list(SupplierGoods.objects.order_by("pk").values())
    Supplier.objects.update(base_url="http://127.0.0.1:9")
    for _ in range(3):
        assert fetched(supplier).result == RunResult.NO_ANSWER
    assert list(SupplierGoods.objects.order_by("pk").values()) == before
    assert open_alerts() == {AlertCause.LIST}
    taken(supplier, *_as_products())
    assert open_alerts() == set()


def _as_products() -> list[SupplierProduct]:
    return [
        SupplierProduct(g.ref, g.name, g.kind, g.cost, g.face_value, g.is_available)
        for g in SupplierGoods.objects.filter(gone_at=None)
    ]


def test_half_a_list_is_never_taken_for_a_whole_one(
    supplier: Supplier, supplier_sandbox: SandboxProcess, chief: User
) -> None:
    fetched(supplier)
    sku = video_sku()
    offer = world.make_offer(sku, supplier, cost="22.5", supplier_ref=TENCENT)
    known = SupplierGoods.objects.values_list("ref", flat=True)
    supplier_sandbox.settings(
        goods={ref: {"is_listed": False} for ref in list(known)[: len(known) * 2 // 3]}
        | {TENCENT: {"is_listed": False}}
    )
    assert fetched(supplier).result == RunResult.SHRUNK
    assert not SupplierGoods.objects.exclude(gone_at=None).exists()
    assert (stops(offer), routed(sku)) == (set(), True)
    assert open_alerts() == {AlertCause.LIST}

    with pytest.raises(ReasonNeeded):
        ask_for_list(supplier=supplier, actor=chief, takes_shorter=True, reason=" ")
    run = fetched(supplier, actor=chief, takes_shorter=True, reason="they sell less now")
    assert run.result == RunResult.TAKEN
    assert (stops(offer), routed(sku)) == ({StopCause.GONE}, False)
    assert open_alerts() == {AlertCause.GONE}
    assert AuditLog.objects.get(action="pricelist.take_shorter").reason == "they sell less now"


def test_an_older_list_never_replaces_a_newer_one(supplier: Supplier) -> None:
    slow = ask_for_list(supplier=supplier)
    slow.started_at = timezone.now() - timedelta(seconds=30)
    slow.save()
    taken(supplier, product("a", "9"))
    take_list(run=slow, products=[product("a", "5")])
    slow.refresh_from_db()
    assert slow.result == RunResult.OUTDATED
    assert SupplierGoods.objects.get().cost == 9


def test_lists_are_asked_for_by_the_clock_and_lost_runs_are_found(supplier: Supplier) -> None:
    assert fetch_due_lists() == 2
    assert fetch_due_lists() == 0
    run = ListRun.objects.filter(supplier=supplier).get()
    fetch_list(run_id=run.pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=True):
        assert fetch_due_lists() == 1, "the other one never gave a list: it is asked less often"
    other = ListRun.objects.exclude(supplier=supplier).get()
    ListRun.objects.filter(pk=other.pk).update(started_at=timezone.now() - timedelta(minutes=16))
    fetch_due_lists()
    other.refresh_from_db()
    assert other.result == RunResult.LOST


@pytest.mark.django_db(transaction=True)
def test_the_same_run_twice_at_once_fetches_once(supplier: Supplier) -> None:
    run = ask_for_list(supplier=supplier)
    in_threads(lambda _: fetch_list(run_id=run.pk), range(4), threads=4)
    goods = SupplierGoods.objects.filter(supplier=supplier)
    assert GoodsChange.objects.count() == goods.count() > 20


# --- proposals -------------------------------------------------------------------------------


def test_a_product_is_proposed_for_our_sku_with_its_reasons_and_becomes_an_offer(
    supplier: Supplier, chief: User
) -> None:
    sku = video_sku()
    fetched(supplier)
    proposal = Proposal.objects.get(sku=sku)
    assert (proposal.kind, proposal.goods.ref) == (ProposalKind.MATCH, TENCENT)
    assert proposal.score >= 90
    assert [row[0] for row in proposal.reasons] == ["name", "same_face_value", "same_period"]
    assert not Offer.objects.exists()

    accept(proposal_ids=[proposal.pk], actor=chief, reason="cheap")
    offer = Offer.objects.get()
    assert (offer.sku, offer.supplier_ref, offer.cost) == (sku, TENCENT, Decimal("22.5"))
    assert (offer.min_quantity, offer.max_quantity) == (1, 1)
    assert routed(sku)
    record = AuditLog.objects.get(action="pricelist.accept_match")
    assert record.actor == chief
    assert record.details["cost_after"] == "22.5000"
    fetched(supplier)
    assert Proposal.objects.count() == 1, "nothing left to propose"


def test_a_new_cost_is_proposed_and_counts_when_staff_accept(
    supplier: Supplier, supplier_sandbox: SandboxProcess, chief: User
) -> None:
    offer = world.make_offer(video_sku(), supplier, cost="22.5", supplier_ref=TENCENT)
    for price in ("24", "25"):
        supplier_sandbox.settings(goods={TENCENT: {"price": price}})
        fetched(supplier)
    proposal = Proposal.objects.get(kind=ProposalKind.COST, status=ProposalStatus.PENDING)
    assert (proposal.cost_before, proposal.cost_after) == (Decimal("22.5"), Decimal(25))
    offer.refresh_from_db()
    assert offer.cost == Decimal("22.5"), "staff decide"
    accept(proposal_ids=[proposal.pk], actor=chief, reason="agreed by phone")
    offer.refresh_from_db()
    assert offer.cost == 25
    with pytest.raises(ProposalDecided):
        accept(proposal_ids=[proposal.pk], actor=chief, reason="again")


def test_a_rate_costs_by_the_face_value_of_each_sku(supplier: Supplier, chief: User) -> None:
    """One product that charges any amount stands behind many SKUs."""
    offers = [
        world.make_offer(
            world.make_sku("topup", list_price=value), supplier, cost=cost, supplier_ref="any"
        )
        for value, cost in (("50", "48.5"), ("500", "485"))
    ]
    taken(supplier, product("any", "0.97", is_rate=True))
    assert not Proposal.objects.exists(), "97% of each is what they cost"
    taken(supplier, product("any", "0.98", is_rate=True))
    found = Proposal.objects.order_by("cost_after")
    assert [row.cost_after for row in found] == [Decimal(49), Decimal(490)]
    accept(proposal_ids=[row.pk for row in found], actor=chief, reason="agreed")
    assert [Offer.objects.get(pk=one.pk).cost for one in offers] == [Decimal(49), Decimal(490)]
    taken(supplier, product("any", "1.01", is_rate=True))
    assert [stops(one) for one in offers] == [{StopCause.COST}] * 2


def test_what_was_refused_is_not_proposed_again_until_it_changes(
    supplier: Supplier, supplier_sandbox: SandboxProcess, chief: User
) -> None:
    world.make_offer(video_sku(), supplier, cost="20", supplier_ref=TENCENT)
    other = world.make_sku("topup", list_price="10")
    other.product.name, other.name = "Q币", "10个"
    other.product.save()
    other.save()
    fetched(supplier)
    pending = Proposal.objects.filter(status=ProposalStatus.PENDING)
    assert {row.kind for row in pending} == {ProposalKind.COST, ProposalKind.MATCH}
    refuse(proposal_ids=[row.pk for row in pending], actor=chief, reason="not now")
    fetched(supplier)
    assert not pending.all().exists()
    supplier_sandbox.settings(goods={TENCENT: {"price": "24"}})
    fetched(supplier)
    assert [row.cost_after for row in pending.all()] == [24]


def test_a_proposal_that_is_true_no_more_is_outdated_and_can_not_be_accepted(
    supplier: Supplier, chief: User
) -> None:
    offer = world.make_offer(video_sku(), supplier, cost="20", supplier_ref="a")
    taken(supplier, product("a", "21"))
    proposal = Proposal.objects.get()
    SupplierGoods.objects.update(cost=22)  # a list that was taken after the page was drawn
    with pytest.raises(ProposalOutdated):
        accept(proposal_ids=[proposal.pk], actor=chief, reason="fine")
    offer.refresh_from_db()
    assert offer.cost == 20
    taken(supplier, product("a", "20"))
    proposal.refresh_from_db()
    assert proposal.status == ProposalStatus.OUTDATED


def test_many_are_accepted_all_or_none(supplier: Supplier, chief: User) -> None:
    offers = [
        world.make_offer(world.make_sku("topup"), supplier, cost="20", supplier_ref=ref)
        for ref in ("a", "b", "c")
    ]
    taken(supplier, *(product(ref, "21") for ref in ("a", "b", "c")))
    ids = list(Proposal.objects.values_list("pk", flat=True))
    refuse(proposal_ids=ids[:1], actor=chief, reason="no")
    with pytest.raises(ProposalDecided):
        accept(proposal_ids=ids, actor=chief, reason="all")
    assert {Offer.objects.get(pk=offer.pk).cost for offer in offers} == {20}
    assert accept(proposal_ids=ids[1:], actor=chief, reason="two") == 2


def test_an_offer_whose_product_is_gone_may_get_another_one(
    supplier: Supplier, chief: User
) -> None:
    sku = video_sku()
    old = product("old", "22", name="腾讯视频VIP会员月卡", face_value=Decimal(30))
    filler = [product(f"x{n}", "9") for n in range(3)]
    taken(supplier, old, *filler)
    accept(proposal_ids=[Proposal.objects.get(sku=sku).pk], actor=chief, reason="good")
    new = product("new", "23", name="腾讯视频VIP会员 月卡", face_value=Decimal(30))
    taken(supplier, new, *filler)
    offer = Offer.objects.get()
    assert stops(offer) == {StopCause.GONE}
    proposal = Proposal.objects.get(status=ProposalStatus.PENDING)
    assert (proposal.offer, proposal.cost_before, proposal.cost_after) == (
        offer,
        Decimal(22),
        Decimal(23),
    )
    accept(proposal_ids=[proposal.pk], actor=chief, reason="the same goods")
    offer.refresh_from_db()
    assert (offer.supplier_ref, offer.cost, stops(offer)) == ("new", Decimal(23), set())
    assert routed(sku)


# --- guarding --------------------------------------------------------------------------------


def test_a_cost_above_the_list_price_takes_the_offer_out_at_once_and_lets_it_back(
    supplier: Supplier, supplier_sandbox: SandboxProcess
) -> None:
    sku = video_sku()
    offer = world.make_offer(sku, supplier, cost="22.5", supplier_ref=TENCENT)
    supplier_sandbox.settings(goods={TENCENT: {"price": "30.0001"}})
    fetched(supplier)
    assert (stops(offer), routed(sku)) == ({StopCause.COST}, False)
    assert OfferStop.objects.get().facts["cost"] == "30.0001"
    assert open_alerts() == {AlertCause.COST}
    fetched(supplier)
    assert Alert.objects.count() == 1, "told once"

    supplier_sandbox.settings(goods={TENCENT: {"price": "30"}})
    fetched(supplier)
    assert (stops(offer), routed(sku), open_alerts()) == (set(), True, set())


def test_a_price_that_falls_below_the_cost_counts_too(supplier: Supplier) -> None:
    sku = video_sku()
    offer = world.make_offer(sku, supplier, cost="22", supplier_ref="a")
    taken(supplier, product("a", "22"))
    SKU.objects.update(list_price=21)
    assert guard_all() == 1
    assert stops(offer) == {StopCause.COST}
    assert guard_all() == 0
    SKU.objects.update(list_price=22)
    assert guard_all() == 1
    assert stops(offer) == set()


def test_staff_who_allow_selling_below_cost_get_the_offer_back(supplier: Supplier) -> None:
    sku = video_sku()
    offer = world.make_offer(sku, supplier, cost="22", supplier_ref="a")
    taken(supplier, product("a", "33"))
    assert (stops(offer), open_alerts()) == ({StopCause.COST}, {AlertCause.COST})
    offer.allows_loss, offer.loss_reason = True, "to keep the customers of the campaign"
    offer.save()
    guard_all()
    assert (stops(offer), routed(sku), open_alerts()) == (set(), True, set())
    offer.allows_loss = False
    offer.save()
    guard_all()
    assert stops(offer) == {StopCause.COST}
    rule = RoutingRule.objects.create(sku=sku, allows_loss=True, loss_reason="campaign")
    guard_all()
    assert (stops(offer), routed(sku)) == (set(), True)
    rule.delete()
    guard_all()
    assert stops(offer) == {StopCause.COST}


def test_the_lowest_price_of_all_storefronts_counts(supplier: Supplier) -> None:
    sku = video_sku()
    assert lowest_prices([sku.pk]) == {sku.pk: Floor(Decimal(30), "list_price")}
    MemberLevel.objects.create(code="vip", name="钻石", min_growth=0, price_rate=Decimal("0.98"))
    assert lowest_prices([sku.pk])[sku.pk] == Floor(Decimal("29.40"), "member_level", "钻石")
    world.price_tiers(sku, "25", "27")
    floor = lowest_prices([sku.pk])[sku.pk]
    assert (floor.price, floor.who) == (Decimal(25), "tier")
    agent = world.make_agent(name="老王")
    now = timezone.now()
    contract = ContractPrice.objects.create(
        agent=agent, sku=sku, price=24, valid_from=now - timedelta(days=1)
    )
    assert lowest_prices([sku.pk])[sku.pk] == Floor(Decimal(24), "contract", "老王")
    contract.valid_until = now - timedelta(hours=1)
    contract.save()
    assert lowest_prices([sku.pk])[sku.pk].price == 25

    offer = world.make_offer(sku, supplier, cost="20", supplier_ref="a")
    taken(supplier, product("a", "25.01"))
    assert stops(offer) == {StopCause.COST}
    facts = OfferStop.objects.get().facts
    assert (facts["price"], facts["who"]) == ("25.00", "tier")


def test_a_contract_below_the_cost_stops_that_agents_orders_and_nobody_elses(
    supplier: Supplier,
) -> None:
    sku = video_sku()
    world.price_tiers(sku, "25", "27")
    agent = world.make_agent(name="老王", balance="100")
    ContractPrice.objects.create(
        agent=agent, sku=sku, price=20, valid_from=timezone.now() - timedelta(days=1)
    )
    offer = world.make_offer(sku, supplier, cost="19", supplier_ref="a")
    taken(supplier, product("a", "21"))  # listed; staff have accepted 19 only
    assert stops(offer) == set()

    def reasons(price: str) -> set[str]:
        found = route(
            sku_id=sku.pk, quantity=1, unit_price=Decimal(price), account={}, in_sandbox=False
        )
        return {verdict.reason for verdict in found.verdicts}

    assert reasons("20") == {"below_cost"}
    assert reasons("21") == {"chosen"}
    offer.allows_loss, offer.loss_reason = True, "agreed"
    offer.save()
    assert reasons("20") == {"chosen"}


def test_a_product_that_vanished_closes_the_offer_until_it_is_back(
    supplier: Supplier, supplier_sandbox: SandboxProcess
) -> None:
    sku = video_sku()
    offer = world.make_offer(sku, supplier, cost="22.5", supplier_ref=TENCENT)
    fetched(supplier)
    supplier_sandbox.settings(goods={TENCENT: {"is_listed": False}})
    fetched(supplier)
    assert (stops(offer), routed(sku)) == ({StopCause.GONE}, False)
    assert open_alerts() == {AlertCause.GONE}
    supplier_sandbox.settings(goods={TENCENT: {"sales_status": "下架"}})
    fetched(supplier)
    assert (stops(offer), routed(sku)) == ({StopCause.UNAVAILABLE}, False)
    assert open_alerts() == set()
    supplier_sandbox.settings(goods={})
    fetched(supplier)
    assert (stops(offer), routed(sku)) == (set(), True)
    offer.refresh_from_db()
    assert offer.is_open, "a person's own switch was never touched"


def test_a_person_closed_offer_is_neither_opened_nor_told_of(supplier: Supplier) -> None:
    sku = video_sku()
    offer = world.make_offer(sku, supplier, cost="22", supplier_ref="a", is_open=False)
    taken(supplier, product("a", "99"))
    assert open_alerts() == set()
    taken(supplier, product("a", "22"))
    offer.refresh_from_db()
    assert not offer.is_open
    assert not routed(sku)


def test_an_offer_that_was_entered_by_hand_is_left_alone(supplier: Supplier) -> None:
    sku = video_sku()
    by_hand = world.make_offer(sku, supplier, cost="22", supplier_ref="mine")
    taken(supplier, product("a", "5"), product("b", "6"))
    guard_all()
    assert (stops(by_hand), routed(sku)) == (set(), True)


def test_other_alerts_of_the_supplier_are_left_alone(supplier: Supplier) -> None:
    alerts.begin(AlertCause.FAILURES, supplier=supplier, facts={})
    taken(supplier, product("a", "5"))
    assert open_alerts() == {AlertCause.FAILURES}
