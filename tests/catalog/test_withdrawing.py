"""One card out of stock: never sold, never imported again, its cost where it belongs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.test import Client

from catalog.errors import CardNotInStock, CardSold, OutOfStock
from catalog.models import SKU, CardAllocation
from catalog.queries import stock_of
from catalog.withdrawing import withdraw_card
from ledger import accounts
from ledger.services import balance
from orders.models import Order
from orders.queries import cards_of_order
from orders.services import place_order
from tests import world
from tests.threads import in_threads
from users.models import AuditLog, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return world.make_user(is_staff=True, is_superuser=True)


@pytest.fixture
def sku() -> SKU:
    sku = world.make_sku(list_price="100")
    world.stock_cards(sku, 5, unit_cost="80", tag="W")
    return sku


def withdraw(sku: SKU, place: int, staff: User, *, is_taken_back: bool = True) -> Decimal:
    return withdraw_card(
        sku=sku,
        number=f"WN{place:07d}",
        secret=f"WS{place:07d}",
        is_taken_back=is_taken_back,
        reason="doesn't work",
        actor=staff,
    )


def sell(sku: SKU, quantity: int) -> list[str]:
    agent = world.make_agent(balance="1000")
    order = place_order(
        channel="wholesale", buyer=agent.user, sku=sku, quantity=quantity, client_ref="rest"
    ).order
    return [card.number for card in cards_of_order(order)]


@pytest.mark.parametrize("place", [0, 2, 4])
def test_it_is_never_sold_and_all_others_are_once(sku, staff, place) -> None:
    assert withdraw(sku, place, staff) == 80
    assert stock_of([sku.pk]) == {sku.pk: 4}
    sold = sell(sku, 4)
    assert sorted(sold) == [f"WN{n:07d}" for n in range(5) if n != place]
    assert world.books_are_clean()
    with pytest.raises(OutOfStock):
        sell(sku, 1)


def test_the_supplier_or_we_bear_its_cost(sku, staff) -> None:
    stock = world.stock_supplier().code
    withdraw(sku, 1, staff)
    assert balance(accounts.supplier(stock)) == 5 * 80 - 80
    withdraw(sku, 2, staff, is_taken_back=False)
    assert balance(accounts.supplier(stock)) == 4 * 80
    assert balance(accounts.supplier_loss(stock)) == -80
    assert balance(accounts.inventory()) == -3 * 80
    assert world.books_are_clean()
    record = AuditLog.objects.filter(action="withdraw_card").latest("pk")
    assert (record.actor, record.reason) == (staff, "doesn't work")
    assert "WS" not in str(record.details)


def test_a_lane_can_be_emptied_and_the_codes_stay_known(sku, staff) -> None:
    for place in (4, 0, 1, 3, 2):
        withdraw(sku, place, staff)
    assert stock_of([sku.pk]).get(sku.pk, 0) == 0
    assert balance(accounts.inventory()) == 0
    world.stock_cards(sku, 5, tag="W")  # duplicates, all of them: reported and skipped
    assert stock_of([sku.pk]).get(sku.pk, 0) == 0
    assert world.books_are_clean()


def test_what_was_sold_or_isnt_there_is_refused(sku, staff) -> None:
    sell(sku, 1)
    with pytest.raises(CardSold):
        withdraw(sku, 0, staff)
    withdraw(sku, 3, staff)
    with pytest.raises(CardSold):
        withdraw(sku, 3, staff)
    with pytest.raises(CardNotInStock):
        withdraw(sku, 9, staff)
    with pytest.raises(CardNotInStock):
        withdraw(world.make_sku(), 1, staff)
    assert CardAllocation.objects.filter(order_id=None).count() == 1
    assert world.books_are_clean()


def test_the_database_wants_an_order_or_a_reason(sku, staff) -> None:
    lane = sku.lanes.get()
    for wrong in ({}, {"order_id": 1, "withdrawn_why": "both"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CardAllocation.objects.create(lane=lane, first_position=0, end_position=1, **wrong)


@pytest.mark.django_db(transaction=True)
def test_buyers_at_once_with_a_withdrawal_get_every_card_once(sku, staff) -> None:
    agents = [world.make_agent(balance="1000") for _ in range(5)]

    def work(number: int) -> bool:
        try:
            if number == 2:
                withdraw(sku, 2, staff)
            else:
                place_order(
                    channel="wholesale",
                    buyer=agents[number % 5].user,
                    sku=sku,
                    quantity=1,
                    client_ref=f"at-once{number}",
                )
        except (OutOfStock, CardSold):
            return False
        return True

    assert sum(in_threads(work, range(7))) == 5
    sold = [card.number for order in Order.objects.all() for card in cards_of_order(order)]
    assert len(sold) == len(set(sold))
    assert world.books_are_clean()


class TestThePage:
    def desk(self, person: User) -> Client:
        client = Client()
        client.cookies["django_language"] = "en"
        client.force_login(person, backend="users.backends.PhoneOrUsernameBackend")
        return client

    def test_a_card_is_withdrawn(self, sku, staff) -> None:
        page = f"/admin/catalog/sku/{sku.pk}/withdraw-card/"
        client = self.desk(staff)
        assert "can&#x27;t be undone" in client.get(page).text
        form = {"number": "WN0000003", "secret": "WS0000003", "borne_by": "us", "reason": "dead"}
        answer = client.post(page, form, follow=True)
        assert "¥80.00" in answer.text
        assert stock_of([sku.pk]) == {sku.pk: 4}

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"number": "WN999"}, "no card with this number"),
            ({"secret": ""}, "required"),
            ({"reason": ""}, "required"),
            ({"borne_by": "nobody"}, "valid choice"),
        ],
    )
    def test_a_refusal_stands_beside_its_field(self, sku, staff, wrong, message) -> None:
        form = {"number": "WN0000003", "secret": "WS0000003", "borne_by": "us", "reason": "dead"}
        answer = self.desk(staff).post(f"/admin/catalog/sku/{sku.pk}/withdraw-card/", form | wrong)
        assert message in answer.text
        assert stock_of([sku.pk]) == {sku.pk: 5}

    def test_only_who_may_add_stock_may_take_from_it(self, sku) -> None:
        reader = world.make_user(is_staff=True)
        reader.user_permissions.set(Permission.objects.filter(codename="view_sku"))
        form = {"number": "WN0000003", "secret": "WS0000003", "borne_by": "us", "reason": "dead"}
        answer = self.desk(reader).post(f"/admin/catalog/sku/{sku.pk}/withdraw-card/", form)
        assert answer.status_code == 403
        assert stock_of([sku.pk]) == {sku.pk: 5}
