"""Checks that `manage.py check` adds for this project."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def card_keys_are_strong(**_: object) -> Sequence[CheckMessage]:
    """Every card key must be url-safe base64 of exactly 32 bytes (AES-256)."""
    problems: list[CheckMessage] = []
    for position, key in enumerate(settings.CARD_KEYS, start=1):
        try:
            length = len(base64.urlsafe_b64decode(key))
        except (binascii.Error, ValueError):
            length = 0
        if length != 32:
            problems.append(
                Error(
                    f"CARD_KEYS: key {position} is not url-safe base64 of 32 bytes.",
                    hint='python -c "import base64,os;'
                    'print(base64.urlsafe_b64encode(os.urandom(32)).decode())"',
                    id="config.E001",
                )
            )
    return problems


@register(Tags.security, deploy=True)
def sandboxes_are_off(**_: object) -> Sequence[CheckMessage]:
    """The sandbox cashier lets anyone 'pay': never in production."""
    if settings.PAYMENT_SANDBOX_ENABLED:
        return [Error("PAYMENT_SANDBOX_ENABLED must be off in production.", id="config.E002")]
    return []


@register(Tags.security)
def merchant_accounts_are_whole(**_: object) -> Sequence[CheckMessage]:
    """An account with half of its settings would fail at the first payment, or message."""
    problems: list[CheckMessage] = []
    for prefix, account in (
        ("ALIPAY", settings.ALIPAY_ACCOUNT),
        ("WECHATPAY", settings.WECHATPAY_ACCOUNT),
        ("ALIYUN_SMS", settings.ALIYUN_SMS),
    ):
        missing = [f"{prefix}_{name.upper()}" for name, value in account.items() if not value]
        if missing and len(missing) < len(account):
            problems.append(Error(f"Also needed: {', '.join(missing)}.", id="config.E004"))
    return problems


@register(Tags.security, deploy=True)
def callbacks_stay_outside(**_: object) -> Sequence[CheckMessage]:
    """Agents name the addresses that order callbacks go to: in production, none of ours."""
    if settings.ALLOW_PRIVATE_CALLBACKS:
        return [Error("ALLOW_PRIVATE_CALLBACKS must be off in production.", id="config.E003")]
    return []


@register(Tags.security)
def codes_can_be_sent(**_: object) -> Sequence[CheckMessage]:
    """One-time codes have a way that exists and is set up."""
    name = settings.TEXT_BACKEND
    if name not in settings.TEXT_BACKENDS:
        known = ", ".join(settings.TEXT_BACKENDS)
        return [Error(f"TEXT_BACKEND is {name!r}; there are {known}.", id="config.E005")]
    if name == "aliyun" and not settings.ALIYUN_SMS["access_key_id"]:
        return [Error("TEXT_BACKEND is aliyun: set ALIYUN_SMS_….", id="config.E005")]
    return []


@register(Tags.security, deploy=True)
def codes_stay_out_of_the_log(**_: object) -> Sequence[CheckMessage]:
    """The console back-end writes codes into the log: whoever reads it could log in as anybody."""
    if settings.TEXT_BACKEND == "console":
        return [Error("TEXT_BACKEND must not be console in production.", id="config.E006")]
    return []
