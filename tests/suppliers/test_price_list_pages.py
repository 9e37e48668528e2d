"""Staff read price lists and decide on proposals in the back office."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from suppliers.adapters.base import SupplierProduct
from suppliers.models import (
    ListRun,
    Offer,
    Proposal,
    ProposalStatus,
    RunResult,
    Supplier,
    SupplierGoods,
)
from suppliers.pricelists.fetching import ask_for_list, take_list
from tests import world
from users.models import AuditLog

pytestmark = pytest.mark.django_db

LIST = "admin:suppliers_proposal_changelist"


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(world.make_user("chief", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def supplier() -> Supplier:
    return Supplier.objects.create(code="acme", name="Acme", adapter="fulu")


def taken(supplier: Supplier, **costs: str) -> None:
    run = ask_for_list(supplier=supplier)
    ListRun.objects.filter(pk=run.pk).update(started_at=timezone.now())
    run.refresh_from_db()
    take_list(
        run=run,
        products=[
            SupplierProduct(ref, f"Goods {ref}", "topup", Decimal(cost))
            for ref, cost in costs.items()
        ],
    )


def offers(supplier: Supplier, *refs: str) -> list[Offer]:
    """Offers at ¥90 of SKUs that are sold for ¥100, and to a tier for ¥96."""
    rows = []
    for ref in refs:
        sku = world.make_sku("topup", list_price="100")
        world.price_tiers(sku, "96")
        rows.append(world.make_offer(sku, supplier, cost="90", supplier_ref=ref))
    return rows


def decide(verb: str, proposals: list[Proposal]) -> str:
    ids = ",".join(str(row.pk) for row in proposals)
    return reverse("admin:suppliers_decide_proposals", args=[verb]) + f"?ids={ids}"


def clerk(*permissions: str) -> Client:
    person = world.make_user(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(person)
    return client


def test_the_list_says_how_sure_and_what_is_kept(staff: Client, supplier: Supplier) -> None:
    offers(supplier, "a", "b")
    taken(supplier, a="95", b="97")
    text = staff.get(reverse(LIST)).content.decode()
    assert "¥90.0000 → ¥95.0000" in text
    assert "¥1.0000" in text
    assert "¥1.0000 ⚠" in text.replace("\u2212", "")  # ¥97 is above the lowest price of ¥96
    assert "It is the product that our offer names. (+100)" in text


def test_many_are_accepted_after_a_page_that_says_what_changes(
    staff: Client, supplier: Supplier
) -> None:
    rows = offers(supplier, "a", "b")
    taken(supplier, a="95", b="97")
    proposals = list(Proposal.objects.order_by("pk"))
    chosen = staff.post(
        reverse(LIST), {"action": "accept_many", "_selected_action": [p.pk for p in proposals]}
    )
    assert chosen.headers["location"] == decide("accept", proposals).replace("%2C", ",")
    page = staff.get(chosen.headers["location"]).content.decode()
    assert "¥90.0000 → ¥95.0000 for one." in page
    assert "At the list price of ¥100.00 we keep ¥5.0000." in page
    assert "At the lowest price of ¥96.00" in page
    assert page.count("the offer stays out, nothing is sold") == 1

    refused = staff.post(chosen.headers["location"], {"reason": " "})
    assert refused.context["form"].errors["reason"]
    staff.post(chosen.headers["location"], {"reason": "agreed"})
    assert [Offer.objects.get(pk=row.pk).cost for row in rows] == [Decimal(95), Decimal(97)]
    assert AuditLog.objects.filter(action="pricelist.accept_cost", reason="agreed").count() == 2
    assert staff.get(reverse(LIST)).context["cl"].result_count == 0
    everything = staff.get(reverse(LIST), {"status": "accepted"})
    assert everything.context["cl"].result_count == 2


def test_one_is_refused_from_its_own_page(staff: Client, supplier: Supplier) -> None:
    (offer,) = offers(supplier, "a")
    taken(supplier, a="95")
    proposal = Proposal.objects.get()
    page = staff.get(reverse("admin:suppliers_proposal_change", args=[proposal.pk]))
    assert "At the list price of ¥100.00 we keep ¥5.0000." in page.content.decode()
    url = reverse("admin:suppliers_proposal_refuse_one", args=[proposal.pk])
    staff.post(staff.get(url).headers["location"], {"reason": "too dear"})
    proposal.refresh_from_db()
    offer.refresh_from_db()
    assert (proposal.status, proposal.reason) == (ProposalStatus.REFUSED, "too dear")
    assert offer.cost == 90


def test_what_was_decided_meanwhile_is_not_decided_again(staff: Client, supplier: Supplier) -> None:
    offers(supplier, "a", "b")
    taken(supplier, a="95", b="95")
    proposals = list(Proposal.objects.all())
    staff.post(decide("refuse", proposals[:1]), {"reason": "no"})
    answer = staff.post(decide("accept", proposals), {"reason": "yes"}, follow=True)
    assert "decided already" in answer.content.decode()
    assert not Proposal.objects.filter(status=ProposalStatus.ACCEPTED).exists()
    for nonsense in ("", "x", "999999999", "1,2,3"):
        url = reverse("admin:suppliers_decide_proposals", args=["accept"])
        assert staff.get(url, {"ids": nonsense}).status_code == 302


def test_who_may_only_look_decides_nothing(supplier: Supplier) -> None:
    offers(supplier, "a")
    taken(supplier, a="95")
    looker = clerk("view_proposal")
    assert looker.get(reverse(LIST)).status_code == 200
    assert looker.post(decide("accept", list(Proposal.objects.all())), {"reason": "x"}).status_code
    assert Proposal.objects.get().status == ProposalStatus.PENDING
    fetch = reverse("admin:suppliers_fetch_list", args=[supplier.pk])
    assert looker.post(fetch).status_code == 403


def test_the_list_takes_as_many_queries_for_thirty_as_for_one(
    staff: Client, supplier: Supplier
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(reverse(LIST)).status_code == 200
        return len(captured)

    offers(supplier, "r0")
    taken(supplier, r0="95")
    queries()
    one = queries()
    refs = [f"r{number}" for number in range(1, 30)]
    offers(supplier, *refs)
    taken(supplier, **dict.fromkeys(["r0", *refs], "95"))
    assert queries() == one


def test_a_button_fetches_the_list_and_a_short_one_is_taken_with_a_reason(
    staff: Client, supplier: Supplier, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    taken(supplier, a="1", b="1", c="1")
    fetch = reverse("admin:suppliers_fetch_list", args=[supplier.pk])
    assert staff.get(fetch).status_code == 405
    shown = staff.post(fetch, follow=True)
    run = ListRun.objects.first()
    assert run is not None
    assert shown.redirect_chain[-1][0].endswith(f"/{run.pk}/change/")
    assert run.actor is not None
    ListRun.objects.filter(pk=run.pk).update(started_at=timezone.now())
    run.refresh_from_db()
    take_list(run=run, products=[])
    assert run.result == RunResult.SHRUNK

    url = reverse("admin:suppliers_listrun_take_shorter", args=[run.pk])
    assert "Ask the supplier first." in staff.get(url).content.decode()
    assert staff.post(url, {"reason": ""}).context["form"].errors["reason"]
    staff.post(url, {"reason": "they closed"})
    fresh = ListRun.objects.first()
    assert fresh is not None
    assert (fresh.takes_shorter, fresh.reason) == (True, "they closed")


def test_price_lists_can_be_read(staff: Client, supplier: Supplier) -> None:
    taken(supplier, a="1.5")
    taken(supplier, a="2.5")
    row = SupplierGoods.objects.get()
    page = staff.get(reverse("admin:suppliers_suppliergoods_changelist"), {"gone": "no"})
    assert "¥2.5000" in page.content.decode()
    history = staff.get(reverse("admin:suppliers_suppliergoods_change", args=[row.pk]))
    assert "1.5000" in history.content.decode()
    assert staff.get(reverse("admin:suppliers_listrun_changelist")).status_code == 200


def test_the_list_of_offers_says_which_are_kept_out_and_why(
    staff: Client, supplier: Supplier
) -> None:
    (offer, fine) = offers(supplier, "a", "b")
    taken(supplier, a="99", b="90")
    listed = reverse("admin:suppliers_offer_changelist")
    assert "costs ¥99.0000 and is sold from ¥96.0000" in staff.get(listed).content.decode()
    assert offer.stops.filter(ended_at=None).exists()
    assert not fine.stops.exists()


def test_changing_an_offer_counts_at_once(staff: Client, supplier: Supplier) -> None:
    (offer,) = offers(supplier, "a")
    taken(supplier, a="99")
    url = reverse("admin:suppliers_offer_change", args=[offer.pk])
    form = staff.get(url).context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in data.items() if value not in (None, [])}
    answer = staff.post(url, data | {"allows_loss": "on", "loss_reason": "campaign"})
    assert answer.status_code == 302, answer.context["errors"]
    assert not offer.stops.filter(ended_at=None).exists()
