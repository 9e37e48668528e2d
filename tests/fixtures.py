"""Fixtures that several apps' tests share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from catalog.models import SKU
from config.celery import app as celery_app
from suppliers.models import Supplier
from suppliers.sandbox.accounts import PRACTICE, SUPPLIERS, SandboxAccount
from suppliers.services import set_secrets
from tests import world
from tests.sandboxes import SandboxProcess


@pytest.fixture
def tasks_at_once() -> Iterator[None]:
    """Hints run in this process as soon as they are given, instead of in a worker."""
    celery_app.conf.task_always_eager = True
    yield
    celery_app.conf.task_always_eager = False


@pytest.fixture
def sandbox_suppliers(supplier_sandbox: SandboxProcess, live_server: Any) -> list[Supplier]:
    """Both Fulu suppliers of the sandbox, calling back to the test's own web server."""
    supplier_sandbox.settings(callback_base=live_server.url)
    return [_supplier(account, supplier_sandbox.base_url) for account in SUPPLIERS.values()]


@pytest.fixture
def practice_suppliers(supplier_sandbox: SandboxProcess, live_server: Any) -> list[Supplier]:
    """The suppliers of agents who try the API out, calling back to the test's own web server."""
    supplier_sandbox.settings(callback_base=live_server.url)
    return [
        _supplier(account, supplier_sandbox.base_url, is_sandbox=True)
        for account in PRACTICE.values()
    ]


def _supplier(account: SandboxAccount, base_url: str, *, is_sandbox: bool = False) -> Supplier:
    supplier = Supplier.objects.create(
        code=account.code,
        name=account.name,
        adapter="fulu",
        base_url=base_url,
        is_sandbox=is_sandbox,
        connect_timeout_seconds=2,
        read_timeout_seconds=1,
        settling_seconds=2,
    )
    set_secrets(
        supplier=supplier,
        secrets=account.secrets,
        actor=None,
        reason="test",
    )
    return supplier


@pytest.fixture
def topup_sku(sandbox_suppliers: list[Supplier]) -> SKU:
    """¥50 of phone top-up, offered by the first supplier, then by the second."""
    sku = world.make_sku("topup", list_price="50")
    for priority, supplier in enumerate(sandbox_suppliers, start=1):
        world.make_offer(sku, supplier, cost="45", priority=priority)
    return sku
