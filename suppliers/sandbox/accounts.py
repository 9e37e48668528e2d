"""Who may buy here. Public demo secrets: they open nothing but this sandbox.

Each account is what one supplier of the demo world is configured with: protocol, address below the
sandbox, secrets and options, exactly as an adapter wants them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """One supplier's side of an account. `phone_rate`: what a yuan of phone top-up costs (CNY).

    The balance is in `currency`; `path` comes after the sandbox's address. `phone_ref` and
    `card_ref` are what offers of phone top-up (China Mobile) and of some card name as the product.
    """

    code: str
    protocol: str
    name: str
    phone_rate: Decimal
    secrets: Mapping[str, str]
    options: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    currency: str = "CNY"
    phone_ref: str = ""
    card_ref: str = ""
    opening_balance: Decimal = Decimal("1000000.0000")

    @property
    def app_key(self) -> str:
        return self.secrets["app_key"]

    @property
    def app_secret(self) -> str:
        return self.secrets["app_secret"]

    @property
    def callback_path(self) -> str:
        return f"/callbacks/suppliers/{self.code}/"

    def base_url(self, sandbox_url: str) -> str:
        return sandbox_url + self.path

    def options_at(self, sandbox_url: str) -> dict[str, str]:
        """The options of a supplier that has this account; `@` in them is the sandbox."""
        return {name: value.replace("@", sandbox_url, 1) for name, value in self.options.items()}


FULU_A = SandboxAccount(
    code="fulu-a",
    protocol="fulu",
    name="福禄演示一号",
    phone_rate=Decimal("0.9650"),
    secrets={"app_key": "fulu-a", "app_secret": "fulu-a-demo-secret-0123456789abc"},
    card_ref="20000005",
)
FULU_B = SandboxAccount(
    code="fulu-b",
    protocol="fulu",
    name="福禄演示二号",
    phone_rate=Decimal("0.9720"),
    secrets={"app_key": "fulu-b", "app_secret": "fulu-b-demo-secret-0123456789abc"},
    card_ref="20000005",
)
JUHE = SandboxAccount(
    code="juhe",
    protocol="juhe",
    name="聚合数据演示",
    phone_rate=Decimal("0.9740"),
    secrets={
        "key": "juhe-demo-key-0123456789abcdef01",
        "openid": "JHdemo0123456789abcdef0123456789",
    },
    options={"sample_phones": "13800138000,18600138000,18900138000"},
    path="/ofpay/mobile/",
)
RELOADLY = SandboxAccount(
    code="reloadly",
    protocol="reloadly",
    name="Reloadly 演示",
    phone_rate=Decimal("0.9750"),
    secrets={
        "client_id": "reloadly-demo-client",
        "client_secret": "reloadly-demo-client-secret-0123",
        "webhook_secret": "whsec-reloadly-demo-0123456789",
    },
    options={"auth_url": "@/reloadly", "cny_rate": "7.2"},
    path="/reloadly",
    currency="USD",
    opening_balance=Decimal("100000.00"),
)
DTONE = SandboxAccount(
    code="dtone",
    protocol="dtone",
    name="DT One 演示",
    phone_rate=Decimal("0.9660"),
    secrets={"api_key": "dtone-demo-key", "api_secret": "dtone-demo-secret-0123456789"},
    options={"cny_rate": "7.2", "account_currency": "USD"},
    path="/dtone/v1",
    phone_ref="42001@CNY",
    card_ref="4300005",
    currency="USD",
    opening_balance=Decimal("100000.00"),
)
KAMENG = SandboxAccount(
    code="kameng",
    protocol="kameng",
    name="卡盟平台演示",
    phone_rate=Decimal("0.9770"),
    secrets={"key_id": "ak_demo_sandbox", "secret": "kameng-demo-secret-0123456789abcdef"},
    path="/kameng",
    phone_ref="mobile-50",
    card_ref="card-20000005",
)
DUJIAO = SandboxAccount(
    code="dujiao",
    protocol="dujiao",
    name="独角数卡演示",
    phone_rate=Decimal("0.9780"),
    secrets={"api_key": "dj-demo-key-0001", "api_secret": "dujiao-demo-secret-0123456789abcdef"},
    path="/dujiao",
    phone_ref="50",
    card_ref="20000005",
)
# For agents who try our API out with play money: everything is nearly free and never out of stock.
PRACTICE_A = SandboxAccount(
    code="practice-a",
    protocol="fulu",
    name="沙盒练习一号",
    phone_rate=Decimal("0.0010"),
    secrets={"app_key": "practice-a", "app_secret": "practice-a-demo-secret-012345678"},
    opening_balance=Decimal("1000000000.0000"),
)
PRACTICE_B = SandboxAccount(
    code="practice-b",
    protocol="fulu",
    name="沙盒练习二号",
    phone_rate=Decimal("0.0010"),
    secrets={"app_key": "practice-b", "app_secret": "practice-b-demo-secret-012345678"},
    opening_balance=Decimal("1000000000.0000"),
)
PRACTICE = {account.code: account for account in (PRACTICE_A, PRACTICE_B)}
# The shop's first and second choice, and one of each other protocol behind them.
SUPPLIERS = {account.code: account for account in (FULU_A, FULU_B)}
FURTHER = {account.code: account for account in (JUHE, RELOADLY, DTONE, KAMENG, DUJIAO)}
ACCOUNTS = SUPPLIERS | FURTHER | PRACTICE


def accounts_of(protocol: str) -> list[SandboxAccount]:
    return [account for account in ACCOUNTS.values() if account.protocol == protocol]
