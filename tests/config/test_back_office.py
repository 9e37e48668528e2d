"""The back office's first page and menu: what waits, for whom, and everything in its place."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client

from config.back_office import MENU
from orders.services import place_order
from tests import world
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff_client(client: Client) -> Client:
    boss = User.objects.create_superuser(username="boss", password="x")
    client.force_login(boss, backend="users.backends.PhoneOrUsernameBackend")
    return client


def test_every_table_of_the_back_office_has_one_place_in_the_menu() -> None:
    shown = [label for _title, _icon, labels in MENU for label in labels]
    registered = {model._meta.label_lower for model in admin.site._registry}
    assert len(shown) == len(set(shown))
    assert set(shown) == registered


def test_the_first_page_says_what_waits_and_leads_there(staff_client: Client) -> None:
    quiet = staff_client.get("/admin/")
    assert [row.count for row in quiet.context["waiting"]] == []
    world.make_tier(1)
    application = world.make_application()
    page = staff_client.get("/admin/")
    (row,) = page.context["waiting"]
    assert (row.count, row.oldest) == (1, application.created_at)
    assert f'href="{row.address}"' in page.content.decode()
    assert application.legal_name in staff_client.get(row.address).content.decode()


def test_each_list_of_work_opens_in_the_admin(staff_client: Client) -> None:
    page = staff_client.get("/admin/")
    addresses = [row.address for row in page.context["quiet"]]
    assert len(addresses) > 8
    # An address whose filter the list doesn't know is sent on to ?e=1.
    assert {staff_client.get(address).status_code for address in addresses} == {200}


def test_todays_figures_count_what_was_sold(staff_client: Client) -> None:
    cache.clear()
    agent = world.make_agent(balance="100")
    sku = world.make_sku(list_price="12.50")
    world.stock_cards(sku, 1, unit_cost="9")
    place_order(channel="wholesale", buyer=agent.user, sku=sku, quantity=1, client_ref="today")
    values = [figure.value for figure in staff_client.get("/admin/").context["figures"]]
    assert values == ["¥0.00", "¥12.50", "100.0%", "0"]


def test_people_see_the_work_that_they_may_do(client: Client) -> None:
    clerk = User.objects.create_user(username="clerk", password="x", is_staff=True)
    clerk.user_permissions.add(
        Permission.objects.get(codename="view_fulfilment", content_type__app_label="orders")
    )
    client.force_login(clerk, backend="users.backends.PhoneOrUsernameBackend")
    page = client.get("/admin/")
    rows = [*page.context["waiting"], *page.context["quiet"]]
    assert {row.permission for row in rows} == {"orders.view_fulfilment"}
    assert page.context["figures"] == []
    groups = page.context["sidebar_navigation"]
    links = [item["link"] for group in groups for item in group["items"]]
    assert [str(link) for link in links] == ["/admin/", "/admin/orders/fulfilment/"]
