"""From a gateway's code to its client (settings.PAYMENT_GATEWAYS)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from payments.errors import UnknownGateway
from payments.gateways.base import Gateway, GatewayConfig
from payments.sandbox import keys

LABELS: dict[str, str | Promise] = {
    "sandbox": _("Sandbox cashier (play money)"),
    "alipay": _("Alipay"),
    "wechat": _("WeChat Pay"),
}
SECRETS = frozenset({"private_key", "public_key", "api_key"})


def open_gateways() -> list[tuple[str, str | Promise]]:
    """(code, label) of the gateways that take payments here."""
    return [
        (code, LABELS.get(code, code))
        for code in settings.PAYMENT_GATEWAYS
        if settings.PAYMENT_SANDBOX_ENABLED or any(_account(code).values())
    ]


def gateway(code: str) -> Gateway:
    """The client of a gateway; raises UnknownGateway for one that isn't open here."""
    if code not in dict(open_gateways()):
        raise UnknownGateway(field="gateway")
    implementation: type[Gateway] = import_string(settings.PAYMENT_GATEWAYS[code])
    return implementation(_config(code))


def sandbox_scan_address(code: str, code_text: str) -> str:
    """What a phone that scans this code would open, where the account is the sandbox's; else ""."""
    if not settings.PAYMENT_SANDBOX_ENABLED or any(_account(code).values()):
        return ""
    return f"{settings.PAYMENT_SANDBOX_URL}/scan/?{urlencode({'code': code_text})}"


def _account(code: str) -> dict[str, str]:
    """What the environment says of our account there; nothing of the sandbox's own cashier."""
    accounts: dict[str, dict[str, str]] = {
        "alipay": settings.ALIPAY_ACCOUNT,
        "wechat": settings.WECHATPAY_ACCOUNT,
    }
    return accounts.get(code, {})


def _config(code: str) -> GatewayConfig:
    if code == "sandbox":
        return GatewayConfig(
            code=code,
            base_url=settings.PAYMENT_SANDBOX_URL,
            secrets={"secret": settings.PAYMENT_SANDBOX_SECRET},
        )
    account = _account(code)
    if any(account.values()):
        url = {"alipay": settings.ALIPAY_URL, "wechat": settings.WECHATPAY_URL}[code]
    else:
        account = keys.account(code, settings.PAYMENT_SANDBOX_KEYS)
        url = settings.PAYMENT_SANDBOX_URL + keys.PATHS[code]
    return GatewayConfig(
        code=code,
        base_url=url,
        options={name: value for name, value in account.items() if name not in SECRETS},
        secrets={name: value for name, value in account.items() if name in SECRETS},
    )
