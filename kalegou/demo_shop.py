"""The shop window of the demo world: scenes, and what its customers bought lately."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from catalog.models import SKU, Category
from kalegou.models import Scene, SceneIcon
from kalegou.services.buying import buy
from kalegou.services.measuring import measure
from kalegou.services.members import ensure_member
from kalegou.services.restocking import wish_for
from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from users.models import User


@dataclass(frozen=True, slots=True)
class _Scene:
    code: str
    name: str
    name_en: str
    tagline: str
    tagline_en: str
    icon: SceneIcon
    categories: tuple[str, ...]


# A table: one scene a line or two.
# fmt: off
_SCENES = (
    _Scene("phone", "手机充值", "Phone", "快充秒到，慢充更省", "Fast, or slow and cheaper",
           SceneIcon.PHONE, ("phone",)),
    _Scene("games", "游戏玩乐", "Games", "点卡、点券、直充", "Cards, tokens, top-ups",
           SceneIcon.GAMES, ("game",)),
    _Scene("media", "影音娱乐", "Video and music", "会员、听书、电影票", "Memberships, audiobooks",
           SceneIcon.MEDIA, ("video", "music", "audio", "ebook", "cinema")),
    _Scene("life", "吃喝出行", "Everyday life", "咖啡、美食、打车", "Coffee, food, rides, gifts",
           SceneIcon.LIFE, ("food", "drink", "travel", "fresh", "gift")),
    _Scene("work", "办公学习", "Work and study", "软件、网盘、课程", "Software, storage, courses",
           SceneIcon.WORK, ("software", "cloud", "education")),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class _Customer:
    username: str
    name: str
    phone: str
    bought: tuple[tuple[str, str, int], ...]  # SKU, number to charge, how often


_DEPOSIT = Decimal(3_000)
# The last digits of a number decide what the supplier sandbox does: 0001 is refused and refunded.
_CUSTOMERS = (
    _Customer(
        "xiaohong",
        "小红",
        "13800000021",
        (
            ("luckin-29", "", 9),
            ("starbucks-tall", "", 4),
            ("cmcc-50", "13926507731", 3),
            ("tencent-video-month", "13926507731", 1),
        ),
    ),
    _Customer(
        "laowang",
        "老王",
        "13800000022",
        (
            ("cucc-100", "13026507732", 2),
            ("ctcc-30", "13326507733", 2),
            ("cmcc-30", "13826500001", 1),
            ("jd-100", "", 3),
            ("kfc-50", "", 5),
        ),
    ),
    _Customer(
        "ajie",
        "阿杰",
        "13800000023",
        (
            ("steam-50", "", 6),
            ("steam-100", "", 3),
            ("qcoin-10", "83265077", 2),
            ("baidu-pan-month", "", 2),
            ("hello-bike-month", "", 3),
        ),
    ),
)
_SOLD_OUT = "heytea-30"


def load_shop(*, password_hash: str) -> None:
    """Load what is missing; safe to repeat. Goods, suppliers and members are there already."""
    load_scenes()
    names = [one.username for one in _CUSTOMERS]
    there = set(User.objects.filter(username__in=names).values_list("username", flat=True))
    for one in _CUSTOMERS:
        if one.username not in there:
            _load_customer(one, password_hash)
    measure()


def load_scenes() -> None:
    for position, one in enumerate(_SCENES):
        scene, is_new = Scene.objects.get_or_create(
            code=one.code,
            defaults={
                "name": one.name,
                "name_en": one.name_en,
                "tagline": one.tagline,
                "tagline_en": one.tagline_en,
                "icon": one.icon,
                "position": position,
            },
        )
        if is_new:
            scene.categories.set(Category.objects.filter(code__in=one.categories))


def _load_customer(one: _Customer, password_hash: str) -> None:
    user = User.objects.create(
        username=one.username, phone=one.phone, first_name=one.name, password=password_hash
    )
    member = ensure_member(user)
    ledger.post(
        reference=f"demo:deposit:{one.username}",
        kind=EntryKind.DEPOSIT,
        lines=[Line(accounts.cash("bank"), -_DEPOSIT), Line(member.wallet_id, _DEPOSIT)],
        memo="demo",
    )
    codes = [code for code, _number, _times in one.bought]
    skus = {sku.code: sku for sku in SKU.objects.filter(code__in=codes).select_related("product")}
    for code, number, times in one.bought:
        sku = skus[code]
        field = sku.product.account_fields.first()
        for turn in range(times):
            buy(
                buyer=user,
                guest_key="",
                sku=sku,
                quantity=1,
                account={field.name: number} if field and number else {},
                client_ref=f"demo-{code}-{turn}",
                payment="wallet",
                seen_price=None,
            )
    wish_for(user=user, sku=SKU.objects.select_related("product").get(code=_SOLD_OUT))
