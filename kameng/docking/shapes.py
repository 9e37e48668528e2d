"""Our goods and orders in this protocol's shapes.

Card codes are `auto`; a top-up is `manual`, because the protocol asks the buyer for nothing else:
its form has our account fields. What failed for good is `canceled`, and the money is back at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.models import AccountField, AccountFieldKind, Category, DeliveryKind, Named, Product
from kameng.api.serializers import amount_text
from kameng.queries.api import PricedSKU
from orders.models import Order, OrderStatus
from orders.queries import OrderCard

LOW_STOCK = 20
STATUSES = {
    OrderStatus.AWAITING_PAYMENT: "pending_payment",
    OrderStatus.PAID: "paid",
    OrderStatus.FULFILLING: "fulfilling",
    OrderStatus.COMPLETED: "completed",
    OrderStatus.PARTIALLY_COMPLETED: "partially_delivered",
    OrderStatus.FAILED: "canceled",
    OrderStatus.CANCELLED: "canceled",
}
DELIVERED = (OrderStatus.COMPLETED, OrderStatus.PARTIALLY_COMPLETED)
# The protocol's forms know text fields with a pattern; ours say what they want.
_PATTERNS = {
    AccountFieldKind.MOBILE: r"^1[3-9][0-9]{9}$",
    AccountFieldKind.DIGITS: r"^[0-9]+$",
    AccountFieldKind.EMAIL: r"^[^@\s]+@[^@\s]+$",
}


def locales(named: Named) -> dict[str, str]:
    return _texts(named.name, named.name_en)


def _texts(chinese: str, english: str) -> dict[str, str]:
    return {"zh-CN": chinese, "en": english or chinese}


def category(one: Category, parent_id: int) -> dict[str, Any]:
    return {
        "id": one.pk,
        "parent_id": parent_id,
        "slug": one.code,
        "name": locales(one),
        "icon": "",
        "sort_order": -one.position,  # theirs descends
    }


def product(
    one: Product, skus: Sequence[PricedSKU], category_id: int, updated_at: datetime
) -> dict[str, Any]:
    """A product on sale; its price is that of the cheapest SKU."""
    cheapest = min(skus, key=lambda sku: sku.price)
    is_auto = one.kind == DeliveryKind.CARD
    shown_at = updated_at.isoformat()
    return {
        "id": one.pk,
        "slug": one.code,
        "title": locales(one),
        "description": _texts(one.summary, one.summary_en),
        "content": _texts(one.description, one.description_en),
        "seo_meta": {},
        "images": [],
        "tags": [one.brand] if one.brand else [],
        **_prices(cheapest),
        "fulfillment_type": "auto" if is_auto else "manual",
        "manual_form_schema": None if is_auto else _form(skus[0].account_fields),
        "is_active": True,
        "category_id": category_id,
        "skus": [_sku(sku) for sku in skus],
        "created_at": shown_at,
        "updated_at": shown_at,
    }


def _sku(priced: PricedSKU) -> dict[str, Any]:
    stock = priced.stock
    if stock is None:
        status = "unlimited"
    elif stock == 0:
        status = "out_of_stock"
    else:
        status = "in_stock" if stock > LOW_STOCK else "low_stock"
    return {
        "id": priced.sku.pk,
        "sku_code": priced.sku.code,
        "spec_values": {"规格": priced.sku.name},
        **_prices(priced),
        "stock_status": status,
        "stock_quantity": -1 if stock is None else stock,
        "is_active": True,
    }


def _prices(priced: PricedSKU) -> dict[str, str]:
    shown = {"price_amount": amount_text(priced.price)}
    if priced.price < priced.sku.list_price:
        shown["original_price"] = amount_text(priced.sku.list_price)
        shown["member_price"] = amount_text(priced.price)
    return shown


def _form(fields: Sequence[AccountField]) -> dict[str, Any]:
    return {
        "fields": [
            {
                "key": one.name,
                "type": "text",
                "required": True,
                "label": _texts(one.label, one.label_en),
                "regex": _PATTERNS.get(AccountFieldKind(one.kind), ""),
                "max_len": one.max_length,
            }
            for one in fields
        ]
    }


def placed(order: Order) -> dict[str, Any]:
    """The answer to a new order, or to its repeat."""
    return {
        "ok": True,
        "order_id": order.pk,
        "order_no": order.order_no,
        "status": STATUSES[OrderStatus(order.status)],
        "amount": amount_text(order.total),
        "currency": "CNY",
    }


def detail(order: Order, cards: Sequence[OrderCard]) -> dict[str, Any]:
    sku = order.sku
    kind = "auto" if order.kind == DeliveryKind.CARD else "manual"
    shown = placed(order) | {
        "items": [
            {
                "product_id": sku.product_id,
                "sku_id": sku.pk,
                "title": locales(sku.product),
                "quantity": order.quantity,
                "unit_price": amount_text(order.unit_price),
                "total_price": amount_text(order.total),
                "fulfillment_type": kind,
            }
        ]
    }
    if order.status in DELIVERED:
        shown["fulfillment"] = fulfillment(order, cards)
    return shown


def fulfillment(order: Order, cards: Sequence[OrderCard]) -> dict[str, Any]:
    """What was delivered: the codes as text, one a line, and once more as data."""
    finished_at = order.finished_at
    assert finished_at is not None, f"{order.order_no} has ended"
    if order.kind == DeliveryKind.CARD:
        payload = "\n".join(_line(card) for card in cards)
        data: Mapping[str, Any] | None = {
            "cards": [
                {
                    "number": card.number,
                    "secret": card.secret,
                    "expires": card.expires_on.isoformat() if card.expires_on else None,
                }
                for card in cards
            ]
        }
    else:
        payload = "已到账：" + " ".join(str(value) for value in order.account.values())
        data = None
    return {
        "type": "auto" if order.kind == DeliveryKind.CARD else "manual",
        "status": "delivered",
        "payload": payload,
        "delivery_data": data,
        "delivered_at": finished_at.isoformat(),
    }


def _line(card: OrderCard) -> str:
    """As card shops write them: number, four hyphens, secret."""
    return f"{card.number}----{card.secret}" if card.number else card.secret


def balance(amount: Decimal) -> str:
    return amount_text(amount)
