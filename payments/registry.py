"""From a gateway's code to its client (settings.PAYMENT_GATEWAYS)."""

from __future__ import annotations

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from payments.errors import UnknownGateway
from payments.gateways.base import Gateway, GatewayConfig

LABELS: dict[str, str | Promise] = {"sandbox": _("Sandbox cashier (play money)")}


def open_gateways() -> list[tuple[str, str | Promise]]:
    """(code, label) of the gateways that take payments here."""
    return [
        (code, LABELS.get(code, code))
        for code in settings.PAYMENT_GATEWAYS
        if code != "sandbox" or settings.PAYMENT_SANDBOX_ENABLED
    ]


def gateway(code: str) -> Gateway:
    """The client of a gateway; raises UnknownGateway for one that isn't open here."""
    if code not in dict(open_gateways()):
        raise UnknownGateway(field="gateway")
    implementation: type[Gateway] = import_string(settings.PAYMENT_GATEWAYS[code])
    return implementation(_config(code))


def _config(code: str) -> GatewayConfig:
    assert code == "sandbox", f"no configuration for the gateway {code}"
    return GatewayConfig(
        code=code,
        base_url=settings.PAYMENT_SANDBOX_URL,
        secrets={"secret": settings.PAYMENT_SANDBOX_SECRET},
    )
