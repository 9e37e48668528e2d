"""What a person sends to each address of the portal that takes a POST only."""

from __future__ import annotations

from collections.abc import Mapping

from bench.roles import GOODS

# Each is sent for real, and taken back afterwards: the next turn finds the same database.
ACTIONS: Mapping[str, Mapping[str, str]] = {
    "review": {"sku": f"{GOODS}-10", "account_phone": "13800000001"},
    "buy": {"sku": f"{GOODS}-10", "account_phone": "13800000001", "unit_price": "10"},
    "favourite": {"do": "add"},
    "order_codes": {"as": "page"},
    "change_codes": {"do": "sold", "scope": "found"},
    "change_job": {"do": "cancel"},
    "change_plan": {"do": "pause"},
    "remove_markup": {},
    "funds_threshold": {"threshold": "500"},
    "cancel_bank_deposit": {},
    "cancel_withdrawal": {},
    "remove_payout_account": {},
    "read_notices": {},
    "notice_address": {"email": ""},
    "create_key": {"label": "another", "can_buy": "on", "world": "real", "addresses": ""},
    "rotate_key": {"overlap": "24"},
    "revoke_key": {},
    "threshold": {"threshold": "500"},
    "webhook_action": {},
    "resend": {},
    "refill": {},
    "switch_link": {"to": "off"},
    "confirm_announcement": {},
    "read_announcements": {},
    "dismiss_checklist": {},
    "withdraw_application": {},
}


def what_is_sent(page: str) -> dict[str, str] | None:
    """The form of an address that takes a POST only; None: nobody has said what to send."""
    if page not in ACTIONS:
        return None
    return {"client_ref": f"web-{0:032x}", **ACTIONS[page]}
