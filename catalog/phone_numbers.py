"""Which carrier and place a mainland mobile number belongs to, from offline tables.

A hint for the person who types, never a block: numbers move between carriers (携号转网), and the
two libraries disagree at times.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from django.utils.translation import get_language
from phone import Phone

from catalog.models import Carrier
from users.phones import normalise_mobile

# Ranges that were given to virtual operators as a whole; the table marks only some of them.
_VIRTUAL_PREFIXES = ("162", "165", "167", "170", "171")
_CARRIERS = {
    "移动": Carrier.MOBILE,
    "联通": Carrier.UNICOM,
    "电信": Carrier.TELECOM,
    "广电": Carrier.BROADNET,
}
# Places that English doesn't write as pinyin does.
_ENGLISH_PLACES = {
    "内蒙古": "Inner Mongolia",
    "陕西": "Shaanxi",
    "西藏": "Tibet",
    "哈尔滨": "Harbin",
    "呼和浩特": "Hohhot",
    "乌鲁木齐": "Urumqi",
    "拉萨": "Lhasa",
}


@dataclass(frozen=True, slots=True)
class PhoneInfo:
    """What is known of a number. `province` and `city` are Chinese, empty when unknown.

    `carrier` is the network; for a virtual operator (`is_virtual`) the one that it rents.
    """

    number: str
    carrier: Carrier | None
    is_virtual: bool
    province: str
    city: str

    @property
    def place(self) -> str:
        """In the reader's language: `广东 深圳` or `Guangdong Shenzhen`, and `北京` once only."""
        parts = dict.fromkeys(part for part in (self.province, self.city) if part)
        is_chinese = (get_language() or "zh").startswith("zh")
        return " ".join(parts if is_chinese else map(_in_english, parts))


def _in_english(place: str) -> str:
    from pypinyin import lazy_pinyin  # its tables load slowly, and few readers need them

    return _ENGLISH_PLACES.get(place) or "".join(lazy_pinyin(place)).capitalize()


@lru_cache(maxsize=1)
def _places() -> Phone:
    """The 4 MB table, read once per process and shared by its threads (it is never written)."""
    return Phone()


def recognise(text: str) -> PhoneInfo | None:
    """Carrier and place of a mainland mobile number as typed; None when it isn't one."""
    number = normalise_mobile(text)
    if number is None:
        return None
    found = _places().find(number) or {}
    network = str(found.get("phone_type") or "")
    return PhoneInfo(
        number=number,
        carrier=_carrier(network) or _carrier(_range_holder(number)),
        is_virtual="虚拟" in network or number.startswith(_VIRTUAL_PREFIXES),
        province=str(found.get("province", "")),
        city=str(found.get("city", "")),
    )


def _carrier(name: str) -> Carrier | None:
    """`电信虚拟运营商` and `中国电信` are both China Telecom's network."""
    return next((carrier for word, carrier in _CARRIERS.items() if word in name), None)


def _range_holder(number: str) -> str:
    """The carrier's name by number range, for numbers newer than the table of places.

    Imported here: its tables of all countries take 45 MB, and few numbers need them.
    """
    from phonenumbers import carrier

    return carrier.name_for_number(phonenumbers.parse(number, "CN"), "zh")
