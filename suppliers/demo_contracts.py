"""The contracts behind the official goods of the demo world. Companies and numbers are made up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from catalog.models import Product, SupplierContract


@dataclass(frozen=True, slots=True)
class _Contract:
    """`days` are from today to the last day, when it is entered."""

    number: str
    supplier: str
    party: str
    party_en: str
    scope: str
    scope_en: str
    products: tuple[str, ...]
    days: int = 500


_CONTRACTS = (
    _Contract(
        "YDSQ-{year}-0417",
        "fulu-a",
        "华南移动通信数字服务有限公司",
        "Huanan Mobile Digital Services Co., Ltd.",
        "中国移动话费快充，全国号码，线上渠道零售",
        "China Mobile fast top-up, numbers of all provinces, online retail",
        ("cmcc",),
    ),
    _Contract(
        "LTSQ-{year}-1102",
        "fulu-a",
        "联信通讯渠道管理有限公司",
        "Lianxin Telecom Channel Management Co., Ltd.",
        "中国联通话费快充，全国号码，线上渠道零售",
        "China Unicom fast top-up, numbers of all provinces, online retail",
        ("cucc",),
    ),
    _Contract(
        "DXSQ-{year}-0089",
        "fulu-b",
        "天翼数卡运营有限公司",
        "Tianyi Card Operations Co., Ltd.",
        "中国电信话费快充，全国号码，线上渠道零售",
        "China Telecom fast top-up, numbers of all provinces, online retail",
        ("ctcc",),
    ),
    _Contract(
        "VIP-{year}-TX-2231",
        "fulu-a",
        "深圳企鹅视界文化传媒有限公司",
        "Shenzhen Penguin Vision Media Co., Ltd.",
        "视频VIP会员直充，限中国大陆，不含电视端",
        "Video VIP membership by direct top-up, mainland China, not for TV sets",
        ("tencent-video",),
    ),
    _Contract(
        "VIP-{year}-QY-0675",
        "fulu-b",
        "北京奇艺会员服务有限公司",
        "Beijing Qiyi Membership Services Co., Ltd.",
        "黄金会员直充，限中国大陆",
        "Gold membership by direct top-up, mainland China",
        ("iqiyi",),
        days=21,  # ends soon, for staff to see
    ),
    _Contract(
        "SQ-{year}-YKT-18",
        "stock",
        "盛趣一卡通发行有限公司",
        "Shengqu Card Issuing Co., Ltd.",
        "一卡通实体及电子卡密，线上零售",
        "Game cards, printed and electronic, online retail",
        ("shengqu",),
    ),
    _Contract(
        "GIFT-{year}-JD-3306",
        "stock",
        "京采预付卡服务有限公司",
        "Jingcai Prepaid Card Services Co., Ltd.",
        "电子礼品卡面值100至1000元，个人客户零售",
        "Electronic gift cards of ¥100 to ¥1,000, retail to private customers",
        ("jd",),
    ),
    _Contract(
        "GIFT-{year}-AP-0920",
        "stock",
        "苹方数字商品分销有限公司",
        "Pingfang Digital Goods Distribution Co., Ltd.",
        "中国区账户充值卡，线上零售",
        "Gift cards for accounts of China mainland, online retail",
        ("apple",),
    ),
)


def load_contracts() -> None:
    """Enter the contracts that are missing, one a year: the demo's official goods stay on sale."""
    today = timezone.localdate()
    numbers = {one.number.format(year=today.year): one for one in _CONTRACTS}
    there = set(
        SupplierContract.objects.filter(number__in=numbers).values_list("number", flat=True)
    )
    products = dict(Product.objects.values_list("code", "pk"))
    for number, one in numbers.items():
        if number not in there:
            contract = SupplierContract.objects.create(
                supplier_code=one.supplier,
                party=one.party,
                party_en=one.party_en,
                number=number,
                scope=one.scope,
                scope_en=one.scope_en,
                valid_from=date(today.year, 1, 1),
                valid_until=today + timedelta(days=one.days),
            )
            contract.products.set([products[code] for code in one.products if code in products])
