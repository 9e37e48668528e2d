"""An agent's codes: gathered, found by what is still known of them, marked, handed out."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.models import StockLane
from config.celery import app as celery_app
from kameng.code_tags import masked, plain
from kameng.models import CodeShelf, OwnedCode
from kameng.queries.owned_codes import CodeQuery, find_codes
from kameng.services import owned_codes
from kameng.services.owned_codes import SaleFacts, gather_codes, mark_sold, mark_unsold
from orders.models import Order
from orders.services import place_order
from suppliers.models import Supplier
from tests import world
from tests.threads import in_threads
from users.models import AuditLog

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lost_hints():
    celery_app.conf.task_always_eager = False


@pytest.fixture
def agent(chain):
    return chain[2]


@pytest.fixture
def sku(chain):
    sku = world.make_sku(list_price="10")
    world.stock_cards(sku, 30, unit_cost="5", tag="AB-")
    return sku


def buy(agent, sku, quantity: int = 1, ref: str = "r") -> Order:
    return place_order(
        channel="wholesale", buyer=agent.user, sku=sku, quantity=quantity, client_ref=ref
    ).order


def found(agent, **wanted) -> int:
    return find_codes(agent, CodeQuery(**wanted)).count()


def test_codes_are_gathered_once_from_old_and_new_orders(agent, chain, sku, monkeypatch) -> None:
    buy(agent, sku, 3, "a")
    assert gather_codes(agent=agent)
    buy(agent, sku, 2, "b")
    assert gather_codes(agent=agent)
    assert gather_codes(agent=agent)
    assert found(agent) == 5
    monkeypatch.setattr(owned_codes, "SETTLED_AFTER", timedelta(0))
    gather_codes(agent=agent)
    newest = Order.objects.order_by("-pk").first()
    assert newest
    assert CodeShelf.objects.get(agent=agent).up_to == newest.pk
    world.pay_in(chain[1].wallet_id, "100")
    buy(chain[1], sku)
    gather_codes(agent=agent)
    assert found(agent) == 5


def test_many_orders_are_gathered_in_turns(agent, sku, monkeypatch) -> None:
    for n in range(5):
        buy(agent, sku, 2, f"n{n}")
    monkeypatch.setattr(owned_codes, "CARDS_AT_ONCE", 4)
    assert not gather_codes(agent=agent)
    assert found(agent) == 4
    assert not gather_codes(agent=agent)
    assert gather_codes(agent=agent)
    assert found(agent) == 10


def test_an_order_that_is_still_open_holds_only_itself_up(agent, sku, monkeypatch) -> None:
    far = world.make_sku(list_price="10")
    supplier = Supplier.objects.create(code="far", name="远方", adapter="fulu")
    world.make_offer(far, supplier, cost="5")
    monkeypatch.setattr(owned_codes, "SETTLED_AFTER", timedelta(0))
    still_open, after_it = buy(agent, far, 1, "a"), buy(agent, sku, 1, "b")
    assert still_open.status == "paid"
    for _again in range(2):
        assert gather_codes(agent=agent)
        assert OwnedCode.objects.get().order == after_it
        assert CodeShelf.objects.get().up_to == still_open.pk - 1


@pytest.mark.django_db(transaction=True)
def test_gathering_at_once_gathers_each_code_once(agent, sku) -> None:
    for n in range(4):
        buy(agent, sku, 3, f"n{n}")
    in_threads(lambda _: gather_codes(agent=agent), range(6), threads=6)
    gather_codes(agent=agent)
    assert found(agent) == 12


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("AB-N0000001", 1),
        ("abn 0000001", 1),
        ("ＡＢ-Ｓ0000001", 1),
        ("AB-N0000001 AB-S0000001", 1),
        ("0001", 1),
        ("AB-N000000", 0),
        ("AB-N0000029", 0),
    ],
)
def test_a_code_is_found_by_number_secret_or_their_end(agent, chain, sku, typed, count) -> None:
    buy(agent, sku, 3)
    gather_codes(agent=agent)
    assert found(agent, text=typed) == count
    assert found(chain[1], text=typed) == 0


def test_a_code_that_is_shown_cannot_be_used() -> None:
    assert masked("1234567890123456", "SECRET") == "•••• 3456"
    assert masked("", "ABCDEFGH-IJKL") == "•••• IJKL"
    assert masked("12345678", "S") == "••••••••"
    assert plain(" ａb-12 ") == "AB12"


def test_codes_are_marked_as_sold_and_taken_back(agent, sku) -> None:
    buy(agent, sku, 3)
    gather_codes(agent=agent)
    one = find_codes(agent, CodeQuery(text="AB-N0000001"))
    assert mark_sold(codes=one, facts=SaleFacts("老王", Decimal("12.50"), "微信")) == 1
    assert mark_sold(codes=one, facts=SaleFacts("other")) == 0
    assert (found(agent, state="sold"), found(agent, state="unsold")) == (1, 2)
    code = OwnedCode.objects.get(sold_at__isnull=False)
    assert (code.sold_to, code.sold_for, code.note) == ("老王", Decimal("12.5"), "微信")
    assert mark_unsold(codes=OwnedCode.objects.filter(agent=agent)) == 1
    assert found(agent, state="unsold") == 3


def test_what_expires_soon_comes_first(agent, sku) -> None:
    buy(agent, sku, 2)
    StockLane.objects.update(expires_on=timezone.localdate() + timedelta(days=10))
    gather_codes(agent=agent)
    assert (found(agent, expiry="7"), found(agent, expiry="30")) == (0, 2)
    OwnedCode.objects.update(expires_on=timezone.localdate())
    assert (found(agent, expiry="past"), found(agent, expiry="90")) == (2, 0)


def test_the_page_marks_what_is_ticked_and_hands_codes_out_with_a_record(
    browser, chain, agent, sku
) -> None:
    portal = browser(agent)
    order = buy(agent, sku, 3)
    here, change = reverse("kameng:codes"), reverse("kameng:change_codes")
    html = portal.get(here).content.decode()
    assert html.count('name="code"') == 3
    assert "AB-N" not in html
    assert not AuditLog.objects.filter(action="reveal_codes").exists()
    keys = list(OwnedCode.objects.order_by("pk").values_list("pk", flat=True))
    bad = portal.post(change, {"do": "sold", "code": keys[:1], "price": "x", "customer": "老王"})
    assert bad.status_code == 422
    assert 'value="老王"' in bad.content.decode()
    assert (
        "Nothing was changed" in portal.post(change, {"do": "sold"}, follow=True).content.decode()
    )
    sold = {"do": "sold", "code": keys[:2], "price": "12", "customer": "老王"}
    assert "2 codes are marked" in portal.post(change, sold, follow=True).content.decode()
    assert found(agent, state="sold") == 2
    answer = portal.post(f"{change}?state=sold", {"do": "csv", "scope": "found"})
    rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(rows) == 3
    assert "AB-S00000" in rows[1]
    assert order.order_no in rows[1]
    record = AuditLog.objects.get(action="reveal_codes")
    assert (record.actor, record.details["cards"]) == (agent.user, 2)
    plain_file = b"".join(portal.get(here, {"format": "csv"}).streaming_content).decode()
    assert "AB-S" not in plain_file
    stranger = browser(chain[1])
    stolen = {"do": "txt", "code": keys}
    assert stranger.post(change, stolen).status_code == 302
    assert AuditLog.objects.filter(action="reveal_codes").count() == 1
    short = portal.get(here, {"q": "01"}).content.decode()
    assert "at least the last four" in short


def test_the_page_takes_as_many_statements_for_fifty_codes_as_for_one(browser, agent, sku) -> None:
    portal = browser(agent)
    buy(agent, sku, 1, "a")
    counts = []
    for n in range(2):
        portal.get(reverse("kameng:codes"))
        with CaptureQueriesContext(connection) as queries:
            portal.get(reverse("kameng:codes"))
        counts.append(len(queries))
        buy(agent, sku, 20, f"b{n}") if not n else None
    assert counts[0] == counts[1]
