"""Who sends statements: every supplier with a protocol, every gateway that takes payments."""

from __future__ import annotations

from django.db import connection

from payments.registry import open_gateways
from reconciliation.models import Party, PartyKind
from suppliers.models import STOCK_ADAPTER, Supplier

# Words that statements use for what a line is; staff add their supplier's own.
SUPPLIER_WORDS = {
    "charge_words": "扣款, 消费, 下单, 成功, 充值成功, charge, success, successful, completed",
    "return_words": "退款, 退回, 返还, 冲正, refund, return, reversed, refunded",
    "funding_words": "加款, 预存, 账户充值, deposit, funding",
    "fee_words": "手续费, 服务费, fee",
    "ignored_words": "失败, 充值失败, 处理中, failed, processing, rejected",
}
GATEWAY_WORDS = {
    "charge_words": "收款, 支付, 交易, 交易成功, 支付成功, SUCCESS, TRADE_SUCCESS, payment, paid",
    "return_words": "退款, 退款成功, REFUND, refund",
    "funding_words": "提现, 结算, 转账, payout, withdrawal, settlement",
    "fee_words": "手续费, 服务费, fee",
    "ignored_words": "失败, 关闭, 未支付, failed, closed, REVOKED",
}


def ensure_parties() -> list[Party]:
    """Every supplier and gateway as a party, those without statements too. Safe to repeat."""
    known = {(party.kind, party.code): party for party in Party.objects.all()}
    # Neither our own stock nor those that agents practise with, in play money.
    codes = Supplier.objects.exclude(adapter=STOCK_ADAPTER).filter(is_sandbox=False)
    wanted = [
        (PartyKind.SUPPLIER.value, code)
        for code in codes.order_by("code").values_list("code", flat=True)
    ]
    wanted += [(PartyKind.GATEWAY.value, code) for code, _label in open_gateways()]
    parties = [known.get(name) or party_of(PartyKind(name[0]), name[1]) for name in wanted]
    listed = {party.pk for party in parties}
    return parties + [party for party in known.values() if party.pk not in listed]


def party_of(kind: PartyKind, code: str) -> Party:
    """One party, made with the usual words if it is new."""
    words = SUPPLIER_WORDS if kind == PartyKind.SUPPLIER else GATEWAY_WORDS
    return Party.objects.get_or_create(kind=kind, code=code, defaults=words)[0]


def locked(party: Party) -> Party:
    """Wait until nobody else writes about this party; until the transaction ends, nobody does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reconcile:{party.pk}"]
        )
    return Party.objects.get(pk=party.pk)
