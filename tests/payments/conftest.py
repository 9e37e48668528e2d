from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from payments.gateways.base import GatewayConfig
from payments.gateways.sandbox import SandboxGateway
from payments.sandbox.accounts import DEMO_SECRET, MERCHANT
from tests.listeners import Listener, listening
from tests.sandboxes import SandboxProcess


def cashier_gateway(
    base_url: str, *, secret: str = "", read_timeout_seconds: float = 60
) -> SandboxGateway:
    return SandboxGateway(
        GatewayConfig(
            code="sandbox",
            base_url=base_url,
            options={"merchant": MERCHANT},
            secrets={"secret": secret or os.environ.get("PAYMENT_SANDBOX_SECRET", DEMO_SECRET)},
            connect_timeout_seconds=2,
            read_timeout_seconds=read_timeout_seconds,
        )
    )


@pytest.fixture
def gateway(payment_sandbox: SandboxProcess) -> SandboxGateway:
    """Connected to the sandbox; it waits as long as a busy machine needs."""
    return cashier_gateway(payment_sandbox.base_url)


@pytest.fixture
def shop() -> Iterator[Listener]:
    """The merchant's server: notices come here."""
    with listening() as listener:
        yield listener
