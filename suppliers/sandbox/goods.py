"""What the sandbox sells, and the codes that it makes up.

Product ids: 10000xxx are direct top-ups, 20000xxx cards. The last ones of each range exist to be
refused (off sale, out of stock) or to deliver in two portions.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

DIRECT = "直充"
CARD = "卡密"
PHONE_FACE_VALUES = (10, 20, 30, 50, 100, 200, 300, 500)
# The first three digits tell the carrier: (name, sp_type of the protocol).
CARRIERS = {
    "移动": (1, "134 135 136 137 138 139 147 150 151 152 157 158 159 178 182 183 184 187 188 198"),
    "电信": (2, "133 149 153 173 177 180 181 189 191 193 199"),
    "联通": (3, "130 131 132 145 155 156 166 171 175 176 185 186 196"),
}


@dataclass(frozen=True, slots=True)
class Goods:
    product_id: int
    name: str
    face_value: Decimal
    price: Decimal
    sales_status: str = "上架"
    stock_status: str = "充足"
    code_pattern: str = "AAAA-AAAA-AAAA"
    has_number: bool = True
    is_delivered_in_portions: bool = False

    @property
    def kind(self) -> str:
        return DIRECT if self.product_id < 20000000 else CARD

    @property
    def template_id(self) -> str:
        return "" if self.kind == CARD else f"T{self.product_id}"

    def as_result(self) -> dict[str, object]:
        return {
            "product_id": self.product_id,
            "product_name": self.name,
            "product_type": self.kind,
            "face_value": str(self.face_value),
            "purchase_price": str(self.price),
            "sales_status": self.sales_status,
            "stock_status": self.stock_status,
            "template_id": self.template_id,
            "details": f"{self.name}，{self.kind}商品",
        }


PRACTICE_PRICE = Decimal("0.0100")
_CATALOGUE = (
    Goods(10000001, "腾讯视频VIP会员月卡", Decimal(30), Decimal("22.5000")),
    Goods(10000002, "爱奇艺黄金会员月卡", Decimal(30), Decimal("21.8000")),
    Goods(10000003, "优酷VIP会员月卡", Decimal(30), Decimal("20.6000")),
    Goods(10000004, "哔哩哔哩大会员月卡", Decimal(25), Decimal("18.9000")),
    Goods(10000005, "芒果TV会员月卡", Decimal(25), Decimal("17.2000")),
    Goods(10000006, "QQ音乐豪华绿钻月卡", Decimal(18), Decimal("13.1000")),
    Goods(10000007, "网易云音乐黑胶VIP月卡", Decimal(18), Decimal("12.8000")),
    Goods(10000008, "Q币 10个", Decimal(10), Decimal("8.4000")),
    Goods(10000009, "Q币 100个", Decimal(100), Decimal("84.0000")),
    Goods(10000010, "王者荣耀 点券60", Decimal(6), Decimal("5.0500")),
    Goods(10000011, "原神 创世结晶300", Decimal(30), Decimal("25.2000")),
    Goods(10000012, "网易一卡通 100点直充", Decimal(10), Decimal("8.4000")),
    Goods(10000013, "微信读书无限卡月卡", Decimal(19), Decimal("14.5000")),
    Goods(10000090, "沙盒练习直充", Decimal(1), PRACTICE_PRICE),
    Goods(10000098, "已下架的直充", Decimal(10), Decimal("9.0000"), sales_status="下架"),
    Goods(10000099, "缺货的直充", Decimal(10), Decimal("9.0000"), stock_status="断货"),
    Goods(
        20000001, "盛趣游戏一卡通 100元", Decimal(100), Decimal("95.8000"), code_pattern="9" * 16
    ),
    Goods(
        20000002,
        "完美世界一卡通 50元",
        Decimal(50),
        Decimal("47.9000"),
        code_pattern="A9A9A9A9A9A9",
    ),
    Goods(
        20000003,
        "Steam 充值卡 100元",
        Decimal(100),
        Decimal("98.2000"),
        code_pattern="AAAAA-AAAAA-AAAAA",
    ),
    Goods(
        20000004,
        "京东E卡 100元",
        Decimal(100),
        Decimal("98.9000"),
        code_pattern="AAAA-AAAA-AAAA-AAAA",
    ),
    Goods(20000005, "星巴克 中杯饮品券", Decimal(32), Decimal("26.4000"), code_pattern="9" * 12),
    Goods(20000006, "肯德基 50元代金券", Decimal(50), Decimal("45.5000"), has_number=False),
    Goods(
        20000007,
        "Windows 11 专业版 激活码",
        Decimal(599),
        Decimal("189.0000"),
        has_number=False,
        code_pattern="AAAAA-AAAAA-AAAAA-AAAAA-AAAAA",
    ),
    Goods(20000008, "喜马拉雅会员月卡 兑换码", Decimal(25), Decimal("16.9000")),
    Goods(
        20000009, "分批出货的卡密", Decimal(10), Decimal("9.0000"), is_delivered_in_portions=True
    ),
    Goods(20000090, "沙盒练习卡密", Decimal(1), PRACTICE_PRICE),
    Goods(20000098, "已下架的卡密", Decimal(10), Decimal("9.0000"), sales_status="下架"),
    Goods(20000099, "缺货的卡密", Decimal(10), Decimal("9.0000"), stock_status="断货"),
)
GOODS = {goods.product_id: goods for goods in _CATALOGUE}


def catalogue_now(changes: object) -> dict[int, Goods]:
    """The goods as the sandbox's setting `goods` has changed them."""
    found = dict(GOODS)
    for product_id, change in changes.items() if isinstance(changes, Mapping) else ():
        told = dict(change)
        goods = found.pop(int(product_id))
        if told.pop("is_listed", True):
            if "price" in told:
                told["price"] = Decimal(str(told["price"]))
            found[goods.product_id] = replace(goods, **told)
    return found


# No 0/O or 1/I: people type these.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class SoldCard:
    number: str
    password: str
    deadline: str = "2029-12-31 23:59:59"


def make_card(goods: Goods) -> SoldCard:
    """A new code; enough of it is random that two are never the same."""
    number = f"{goods.product_id % 1000:03d}{secrets.randbelow(10**13):013d}"
    password = "".join(
        secrets.choice(LETTERS if sign == "A" else "0123456789") if sign in "A9" else sign
        for sign in goods.code_pattern
    )
    return SoldCard(number if goods.has_number else "", password)


def carrier_of(phone: str) -> tuple[str, int]:
    for name, (sp_type, prefixes) in CARRIERS.items():
        if phone[:3] in prefixes.split():
            return name, sp_type
    return "移动", 1
