"""Where a request came from, behind our own proxies."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(request: HttpRequest) -> str:
    """The caller's address: behind our own proxies, the last one that they saw.

    X-Forwarded-For is read from its end, and only as far as settings.TRUSTED_PROXIES wrote it:
    what a client puts into it itself stands further left. Empty when it can't be told.
    """
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    address = _parsed(request.META.get("REMOTE_ADDR", ""))
    while address is not None and _is_ours(address) and hops and hops[-1].strip():
        address = _parsed(hops.pop().strip())
    return str(address or "")


def _parsed(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_ours(address: Address) -> bool:
    return any(address in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


@lru_cache(maxsize=4)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)
