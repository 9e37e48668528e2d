"""A small wholesale world behind the portal's pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from catalog.models import SKU
from kameng.models import Agent
from tests import world


@pytest.fixture
def chain() -> list[Agent]:
    """Master → level 1 → level 2, the last with ¥1,000."""
    for rank in range(4):
        world.make_tier(rank)
    return world.make_chain("0", "0", "1000")


@pytest.fixture
def card(chain: list[Agent]) -> SKU:
    """A card SKU at ¥95 for level 2 (list ¥100), 20 in stock at ¥80."""
    sku = world.make_sku(list_price="100")
    world.price_tiers(sku, "88", "90", "95")
    world.stock_cards(sku, 20, unit_cost="80")
    return sku


@pytest.fixture
def browser() -> Callable[[Agent | None], Client]:
    """A browser in English; of an agent, when one is given."""

    def open_as(agent: Agent | None = None) -> Client:
        client = Client()
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        if agent:
            client.force_login(agent.user, backend="users.backends.PhoneOrUsernameBackend")
        return client

    return open_as
