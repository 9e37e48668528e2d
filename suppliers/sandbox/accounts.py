"""Who may buy here. Public demo secrets: they open nothing but this sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """One supplier's side of an account. `phone_rate`: what a yuan of phone top-up costs."""

    app_key: str
    app_secret: str
    name: str
    phone_rate: Decimal
    opening_balance: Decimal = Decimal("1000000.0000")

    @property
    def callback_path(self) -> str:
        return f"/callbacks/suppliers/{self.app_key}/"


FULU_A = SandboxAccount(
    app_key="fulu-a",
    app_secret="fulu-a-demo-secret-0123456789abc",
    name="福禄演示一号",
    phone_rate=Decimal("0.9650"),
)
FULU_B = SandboxAccount(
    app_key="fulu-b",
    app_secret="fulu-b-demo-secret-0123456789abc",
    name="福禄演示二号",
    phone_rate=Decimal("0.9720"),
)
# For agents who try our API out with play money: everything is nearly free and never out of stock.
PRACTICE_A = SandboxAccount(
    app_key="practice-a",
    app_secret="practice-a-demo-secret-012345678",
    name="沙盒练习一号",
    phone_rate=Decimal("0.0010"),
    opening_balance=Decimal("1000000000.0000"),
)
PRACTICE_B = SandboxAccount(
    app_key="practice-b",
    app_secret="practice-b-demo-secret-012345678",
    name="沙盒练习二号",
    phone_rate=Decimal("0.0010"),
    opening_balance=Decimal("1000000000.0000"),
)
PRACTICE = {account.app_key: account for account in (PRACTICE_A, PRACTICE_B)}
SUPPLIERS = {account.app_key: account for account in (FULU_A, FULU_B)}
ACCOUNTS = SUPPLIERS | PRACTICE
