"""Which carrier and place a mainland mobile number belongs to, from offline tables.

A hint for the person who types, never a block: numbers move between carriers (携号转网), and the
two libraries disagree at times.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
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


@dataclass(frozen=True, slots=True)
class PhoneInfo:
    """What is known of a number. Place names are Chinese, empty when unknown.

    `carrier` is the network; for a virtual operator (`is_virtual`) the one that it rents.
    """

    number: str
    carrier: Carrier | None
    is_virtual: bool
    province: str
    city: str

    @property
    def place(self) -> str:
        """`广东 深圳`, and `北京` once only."""
        return " ".join(dict.fromkeys(part for part in (self.province, self.city) if part))


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
