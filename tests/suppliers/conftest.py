from __future__ import annotations

from collections.abc import Iterator

import pytest

from suppliers.adapters.base import SupplierConfig
from suppliers.adapters.fulu import FuluAdapter
from suppliers.sandbox.accounts import ACCOUNTS
from tests.listeners import Listener, listening
from tests.sandboxes import SandboxProcess


def fulu(
    base_url: str, app_key: str = "fulu-a", *, read_timeout_seconds: float = 60
) -> FuluAdapter:
    account = ACCOUNTS[app_key]
    return FuluAdapter(
        SupplierConfig(
            code=app_key,
            base_url=base_url,
            secrets=account.secrets,
            connect_timeout_seconds=2,
            read_timeout_seconds=read_timeout_seconds,
        )
    )


@pytest.fixture
def adapter(supplier_sandbox: SandboxProcess) -> FuluAdapter:
    """The adapter of `fulu-a`, connected to the sandbox, as patient as a busy machine needs."""
    return fulu(supplier_sandbox.base_url)


@pytest.fixture
def callbacks(supplier_sandbox: SandboxProcess) -> Iterator[Listener]:
    """The sandbox's callbacks come here."""
    with listening() as listener:
        supplier_sandbox.settings(callback_base=listener.base_url)
        yield listener
