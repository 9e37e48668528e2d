"""One agent with a program, a card product and a top-up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings

from catalog.models import SKU
from kameng.models import Agent
from kameng.services.api_keys import create_api_key
from tests import world
from tests.api.client import Program


@pytest.fixture(autouse=True)
def _empty_redis() -> Iterator[None]:
    """Neither nonces nor counts of another test."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield
    client.close()


@pytest.fixture
def chain(db: None) -> list[Agent]:
    return world.make_chain("0", "0", "1000")


@pytest.fixture
def agent(chain: list[Agent]) -> Agent:
    return chain[2]


def program_of(agent: Agent, **fields: object) -> Program:
    key, secret = create_api_key(agent=agent, actor=agent.user, **fields)  # type: ignore[arg-type]
    return Program(key.key_id, secret)


@pytest.fixture
def program(agent: Agent) -> Program:
    return program_of(agent)


@pytest.fixture
def cards(chain: list[Agent]) -> SKU:
    """¥100 card codes at 88, 90 and 95 for the three tiers; 20 in stock at 80."""
    sku = world.make_sku(list_price="100")
    world.price_tiers(sku, "88", "90", "95")
    world.stock_cards(sku, 20, unit_cost="80")
    return sku
