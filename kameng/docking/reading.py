"""Reading a call of this protocol: strict about types, for money hangs on them."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest

from kameng.api.parsing import strict_json
from kameng.docking.errors import DockingError
from kameng.services.docking import DockingRequest
from outbound import checked
from suppliers.adapters.dujiao_wire import SIGNATURE_HEADER

MOST_ON_A_PAGE = 100
_LARGEST_KEY = 2**63 - 1


def read_page(query: Mapping[str, str]) -> tuple[int, int]:
    """(page, size), within 1–100; what isn't a number is the default, as in the original."""
    page, size = (_number(query.get(name, ""), usual) for name, usual in _PAGE)
    return min(max(page, 1), 100_000), min(max(size, 1), MOST_ON_A_PAGE)


_PAGE = (("page", 1), ("page_size", 20))


def _number(text: str, usual: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else usual


def read_order(request: HttpRequest) -> DockingRequest:
    """Raises DockingError."""
    try:
        given = strict_json(request.body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise _bad("Send a JSON object.")
    sku_id, quantity = given.get("sku_id"), given.get("quantity")
    if type(sku_id) is not int or not 0 < sku_id <= _LARGEST_KEY:
        raise _bad("sku_id must be a whole number.")
    if type(quantity) is not int or not 1 <= quantity <= 10_000_000:
        raise _bad("quantity must be a whole number from 1.")
    form = given.get("manual_form_data") or {}
    if not isinstance(form, dict):
        raise _bad("manual_form_data must be an object.")
    return DockingRequest(
        sku_id=sku_id,
        quantity=quantity,
        signature=request.headers.get(SIGNATURE_HEADER, ""),
        account=form,
        downstream_order_no=_text(given, "downstream_order_no"),
        trace_id=_text(given, "trace_id"),
        callback_url=_callback_url(_text(given, "callback_url", 500)),
    )


def _text(given: Mapping[str, object], name: str, longest: int = 200) -> str:
    text = given.get(name) or ""
    if not isinstance(text, str) or len(text) > longest or not text.isprintable():
        raise _bad(f"{name} must be a text of at most {longest} characters.")
    return text


def _callback_url(url: str) -> str:
    """Where we may tell of the order. A shop on plain http gets its order, and must ask for it:

    a callback carries the codes, and those don't go over the internet in the clear.
    """
    if not url:
        return ""
    try:
        checked.parse(url, allow_private=settings.ALLOW_PRIVATE_CALLBACKS)
    except checked.AddressRefused as refusal:
        if refusal.code == "scheme" and url.startswith("http://"):
            try:
                checked.parse("https://" + url.removeprefix("http://"), allow_private=False)
            except checked.AddressRefused:
                pass
            else:
                return ""
        raise DockingError(
            "invalid_callback_url", 400, "This address can't be called. Nothing was charged."
        ) from None
    return url


def _bad(message: str) -> DockingError:
    return DockingError("bad_request", 400, f"{message} Nothing was charged.")
