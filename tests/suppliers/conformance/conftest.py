"""Every adapter of settings.SUPPLIER_ADAPTERS against its twin: one world a protocol.

A new protocol is tested by being listed in the settings, with an account in
`suppliers.sandbox.accounts` and a twin in `suppliers.sandbox.app.TWINS` (docs/adapters.md).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings

from outbound.limits import Line, forget
from suppliers.adapters.base import Adapter, SubmitRequest, SupplierConfig
from suppliers.models import STOCK_ADAPTER
from suppliers.outcomes import Outcome, OutcomeKind
from suppliers.registry import protocol_of
from suppliers.sandbox.accounts import PRACTICE, SandboxAccount, accounts_of
from tests.listeners import Listener, Received, listening
from tests.sandboxes import SandboxProcess, wait_until

PROTOCOLS = [code for code in settings.SUPPLIER_ADAPTERS if code != STOCK_ADAPTER]


@dataclass(frozen=True, slots=True)
class World:
    """One protocol, its twin's last account (never the one that refuses 0009), its callbacks."""

    account: SandboxAccount
    sandbox: SandboxProcess
    callbacks: Listener
    config: SupplierConfig

    def adapter(self, **changes: Any) -> Adapter:
        """A new adapter, as the registry makes one for each call."""
        return protocol_of(self.account.protocol)(replace(self.config, **changes))

    def elsewhere(self, url: str, **changes: Any) -> Adapter:
        """The adapter, with every address of its configuration at another server."""
        options = {
            name: value.replace(self.sandbox.base_url, url)
            for name, value in self.config.options.items()
        }
        return self.adapter(base_url=url + self.account.path, options=options, **changes)

    def topup(self, ending: str, number: str = "") -> SubmitRequest:
        """¥50 to a phone."""
        return SubmitRequest(
            fulfilment_no=number or "C" + secrets.token_hex(10).upper(),
            kind="topup",
            offer_ref=self.account.phone_ref,
            face_value=Decimal(50),
            quantity=1,
            account={"phone": f"1380013{ending}"},
        )

    def record(self, request: SubmitRequest) -> dict[str, Any]:
        """What the twin itself knows of an order."""
        known: dict[str, Any] = self.sandbox.order(request.fulfilment_no)
        return known

    def queried_until(self, request: SubmitRequest, kind: OutcomeKind) -> Outcome:
        def asked() -> Outcome | None:
            outcome = self.adapter().ask(request)
            return outcome if outcome.kind is kind else None

        found: Outcome = wait_until(asked)
        return found

    def called_back(self, request: SubmitRequest, times: int = 1) -> list[Received]:
        def received() -> list[Received]:
            got = self.callbacks.of(request.fulfilment_no)
            return got if len(got) >= times else []

        found: list[Received] = wait_until(received)
        return found


@pytest.fixture(params=PROTOCOLS)
def world(request: pytest.FixtureRequest, supplier_sandbox: SandboxProcess) -> Iterator[World]:
    protocol = request.param
    accounts = [account for account in accounts_of(protocol) if account.code not in PRACTICE]
    assert accounts, f"{protocol} has no twin: add an account to suppliers/sandbox/accounts.py"
    account = accounts[-1]
    with listening() as listener:
        supplier_sandbox.settings(callback_base=listener.base_url, delay_scale=0.2)
        config = SupplierConfig(
            code=account.code,
            base_url=account.base_url(supplier_sandbox.base_url),
            options=account.options_at(supplier_sandbox.base_url),
            secrets=account.secrets,
            connect_timeout_seconds=1,
            read_timeout_seconds=0.4,
            callback_url=f"{listener.base_url}{account.callback_path}",
        )
        yield World(account, supplier_sandbox, listener, config)


@pytest.fixture
def careful(world: World) -> Iterator[Line]:
    """A line of its own with a circuit breaker."""
    line = Line(f"test:{secrets.token_hex(6)}", breaker_after=2, breaker_open_seconds=0.3)
    yield line
    forget(line)
