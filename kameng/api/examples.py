"""Examples of the documentation: one agent, one card product, one top-up."""

from __future__ import annotations

ACCOUNT = {
    "username": "yiji",
    "tier": "level1",
    "status": "active",
    "balance": "48210.50",
    "currency": "CNY",
    "limits": {
        "credit_line": "0.00",
        "single": "300000.00",
        "daily": "1000000.00",
        "monthly": "10000000.00",
        "spent_today": "1789.50",
        "spent_this_month": "96210.00",
        "reads_per_minute": 600,
        "writes_per_minute": 300,
    },
}
CARD_PRODUCT = {
    "code": "steam-100",
    "name": "Steam 充值卡 ¥100",
    "kind": "card",
    "face_value": "100.00",
    "price": "91.50",
    "stock": 480,
    "min_quantity": 1,
    "max_quantity": 10000,
    "account_fields": [],
}
TOPUP_PRODUCT = {
    "code": "mobile-50",
    "name": "中国移动话费 ¥50",
    "kind": "topup",
    "face_value": "50.00",
    "price": "49.00",
    "stock": None,
    "min_quantity": 1,
    "max_quantity": 1,
    "account_fields": [
        {
            "name": "phone",
            "label": "手机号码",
            "kind": "mobile",
            "min_length": 1,
            "max_length": 11,
        }
    ],
}
PRODUCTS = {"results": [CARD_PRODUCT, TOPUP_PRODUCT], "next": None}

CARD_ORDER_REQUEST = {
    "sku": "steam-100",
    "quantity": 2,
    "client_ref": "shop-20261124-0001",
    "max_unit_price": "92.00",
}
TOPUP_ORDER_REQUEST = {
    "sku": "mobile-50",
    "quantity": 1,
    "client_ref": "shop-20261124-0002",
    "account": {"phone": "13800000000"},
    "callback_url": "https://shop.example.com/kameng/finished",
}
CARD_ORDER = {
    "order_no": "26112408153012345678",
    "client_ref": "shop-20261124-0001",
    "sku": "steam-100",
    "quantity": 2,
    "unit_price": "91.50",
    "total": "183.00",
    "status": "completed",
    "delivered": 2,
    "refunded": "0.00",
    "account": {},
    "created_at": "2026-11-24T08:15:30.120000+08:00",
    "finished_at": "2026-11-24T08:15:30.131000+08:00",
    "timeline": [
        {
            "at": "2026-11-24T08:15:30.120000+08:00",
            "status": "paid",
            "code": "paid",
            "text": "已收到付款。",
        },
        {
            "at": "2026-11-24T08:15:30.131000+08:00",
            "status": "completed",
            "code": "completed",
            "text": "已发货。",
        },
    ],
}
TOPUP_ORDER = {
    "order_no": "26112408160087654321",
    "client_ref": "shop-20261124-0002",
    "sku": "mobile-50",
    "quantity": 1,
    "unit_price": "49.00",
    "total": "49.00",
    "status": "paid",
    "delivered": 0,
    "refunded": "0.00",
    "account": {"phone": "13800000000"},
    "created_at": "2026-11-24T08:16:00.010000+08:00",
    "finished_at": None,
    "timeline": [
        {
            "at": "2026-11-24T08:16:00.010000+08:00",
            "status": "paid",
            "code": "paid",
            "text": "已收到付款。",
        }
    ],
}
ORDERS = {"results": [TOPUP_ORDER, CARD_ORDER], "next": None}
CARDS = {
    "cards": [
        {"number": "8600123400001234", "secret": "KQ7M-2F9X-TT41", "expires": "2028-12-31"},
        {"number": "8600123400001235", "secret": "W3HD-88LA-0PZC", "expires": "2028-12-31"},
    ]
}
STATEMENT = {
    "results": [
        {
            "at": "2026-11-24T08:00:00+08:00",
            "kind": "deposit",
            "amount": "1000.00",
            "balance": "1000.00",
            "reference": "receipt:sandbox:2026112400001",
            "memo": "",
        },
        {
            "at": "2026-11-24T08:15:30.120000+08:00",
            "kind": "order_placed",
            "amount": "-183.00",
            "balance": "817.00",
            "reference": "order:26112408153012345678:placed",
            "memo": "26112408153012345678",
        },
    ],
    "next": None,
}
BATCH_REQUEST = {
    "batch_ref": "night-20261124",
    "orders": [
        TOPUP_ORDER_REQUEST,
        {
            "sku": "steam-100",
            "quantity": 9000,
            "client_ref": "shop-20261124-0003",
        },
    ],
}
BATCH = {
    "batch_no": "B2611240816001234567890",
    "batch_ref": "night-20261124",
    "status": "finished",
    "total_lines": 2,
    "waiting": 0,
    "placed": 1,
    "refused": 1,
    "created_at": "2026-11-24T08:16:00+08:00",
    "finished_at": "2026-11-24T08:16:00.050000+08:00",
    "lines": [
        {
            "line": 1,
            "client_ref": "shop-20261124-0002",
            "state": "placed",
            "order_no": "26112408160087654321",
            "order_status": "paid",
            "total": "49.00",
            "problem": None,
        },
        {
            "line": 2,
            "client_ref": "shop-20261124-0003",
            "state": "refused",
            "order_no": None,
            "order_status": None,
            "total": None,
            "problem": {
                "type": "/api/docs/#insufficient_balance",
                "title": "余额不足",
                "status": 402,
                "detail": "余额不足，未扣款。",
                "code": "insufficient_balance",
            },
        },
    ],
}
WORKING_BATCH = {
    **BATCH,
    "status": "working",
    "total_lines": 1000,
    "waiting": 999,
    "placed": 1,
    "refused": 0,
    "finished_at": None,
    "lines": [
        BATCH["lines"][0],  # type: ignore[index]
        {
            "line": 2,
            "client_ref": "shop-20261124-0003",
            "state": "waiting",
            "order_no": None,
            "order_status": None,
            "total": None,
            "problem": None,
        },
    ],
}
CHANGES = {
    "results": [
        {"code": "steam-100", "on_sale": True, "product": CARD_PRODUCT},
        {"code": "music-month", "on_sale": False, "product": None},
    ],
    "next": "WzQyLCI1ZjBjN2ExZSIsMTc5NTQ3ODQwMF0:1vNGPs:Qm1oZ3p",
    "has_more": False,
}
NO_CHANGES = {**CHANGES, "results": []}


def _told(event: str, data: dict[str, object]) -> dict[str, object]:
    return {
        "id": "evt_1024",
        "event": event,
        "created_at": "2026-11-24T08:16:04.250000+08:00",
        "data": data,
    }


FAILED_ORDER = {
    **TOPUP_ORDER,
    "status": "failed",
    "refunded": "49.00",
    "finished_at": "2026-11-24T08:16:04.200000+08:00",
}
EVENTS = {
    "order.finished": _told("order.finished", {"order": CARD_ORDER}),
    "order.refunded": _told(
        "order.refunded",
        {"refund": {"amount": "49.00", "reason": "not_delivered"}, "order": FAILED_ORDER},
    ),
    "balance.low": _told(
        "balance.low", {"balance": "817.00", "threshold": "1000.00", "currency": "CNY"}
    ),
    "price.changed": _told(
        "price.changed",
        {
            "products": [
                {
                    "code": "steam-100",
                    "name": "Steam 充值卡 ¥100",
                    "price": "91.00",
                    "old_price": "91.50",
                }
            ]
        },
    ),
    "product.off_shelf": _told(
        "product.off_shelf", {"products": [{"code": "music-month", "name": "音乐会员 月卡"}]}
    ),
    "product.on_shelf": _told(
        "product.on_shelf",
        {"products": [{"code": "music-month", "name": "音乐会员 月卡", "price": "11.20"}]},
    ),
    "test": _told("test", {"message": "This is a test. Nothing has happened."}),
}
