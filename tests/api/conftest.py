"""One agent with a program, a card product and a top-up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog.models import SKU
from kameng.models import Agent, Endpoint
from kameng.services.api_keys import create_api_key
from suppliers.models import Supplier
from tests import world
from tests.api.client import Program
from tests.api.hooks import listen
from tests.listeners import Listener, listening


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


@pytest.fixture
def topup(chain: list[Agent]) -> SKU:
    """¥50 of phone top-up that somebody far away delivers."""
    sku = world.make_sku("topup", list_price="50")
    far = Supplier.objects.create(code="far", name="远方", adapter="fulu")
    world.make_offer(sku, far, cost="45")
    return sku


@pytest.fixture
def shop() -> Iterator[Listener]:
    """The agent's own web server."""
    with listening() as listener:
        yield listener


@pytest.fixture
def endpoint(agent: Agent, shop: Listener) -> Endpoint:
    """All events, told to the agent's own web server."""
    return listen(agent, f"{shop.base_url}/hook")[0]


@pytest.fixture
def hinted(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, tasks_at_once: None
) -> DjangoCaptureOnCommitCallbacks:
    """Inside this, what waits for the commit happens at the end, and hints run at once."""
    return django_capture_on_commit_callbacks
