"""Every error code of the API, once: its status, its title, and what a program should do about it.

Answers, the schema and the documentation are all made from this list. Codes are never renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class ProblemType:
    code: str
    status: int
    title: str | Promise
    advice: str | Promise


_TYPES = (
    ProblemType(
        "bad_request",
        400,
        _("Request not understood"),
        _("Call the address of this documentation by its own name, over HTTP as it is written."),
    ),
    ProblemType(
        "bad_signature",
        401,
        _("Signature not accepted"),
        _(
            "Unknown or revoked key, a header missing or misshapen, or a signature over something"
            " else. Compare your canonical string with the worked example."
        ),
    ),
    ProblemType(
        "stale_timestamp",
        401,
        _("Clock too far off"),
        _("Synchronise your clock, then sign again with the present time."),
    ),
    ProblemType(
        "replayed_nonce",
        401,
        _("Nonce used before"),
        _("Sign each request anew, also when you repeat one: new timestamp, new nonce."),
    ),
    ProblemType(
        "insufficient_balance",
        402,
        _("Balance too low"),
        _("Top up the balance, then send the order again with the same client_ref."),
    ),
    ProblemType(
        "ip_not_allowed",
        403,
        _("Address not allowed"),
        _("The key has a list of addresses, and yours isn't on it."),
    ),
    ProblemType(
        "agent_suspended",
        403,
        _("Agent suspended"),
        _("The agent account can't use the API. Contact customer service."),
    ),
    ProblemType(
        "buying_not_allowed",
        403,
        _("Key may only read"),
        _("Order with a key that may buy."),
    ),
    ProblemType(
        "not_in_sandbox",
        403,
        _("Not in the sandbox"),
        _("The call isn't there for keys of the sandbox. Make it with a real key."),
    ),
    ProblemType(
        "limit_exceeded",
        403,
        _("Over a limit"),
        _("It would exceed a limit of the agent account. Order less, or later."),
    ),
    ProblemType(
        "unknown_sku",
        404,
        _("No such product on sale"),
        _("Take the product off your own shelf; list the products to see what is on sale."),
    ),
    ProblemType(
        "unknown_order",
        404,
        _("No such order"),
        _("Check the number. Orders of others look the same as orders that don't exist."),
    ),
    ProblemType(
        "unknown_batch",
        404,
        _("No such batch"),
        _("Check the number. To find a batch again, send it again with the same batch_ref."),
    ),
    ProblemType(
        "not_found", 404, _("No such address"), _("Check the path; it has no slash at the end.")
    ),
    ProblemType("method_not_allowed", 405, _("Method not allowed"), _("Look at the header Allow.")),
    ProblemType(
        "idempotency_conflict",
        409,
        _("Reference used for something else"),
        _(
            "This client_ref (or batch_ref) was used with other content. Look that order up, or"
            " use a new one."
        ),
    ),
    ProblemType(
        "out_of_stock",
        409,
        _("Out of stock"),
        _("Sold out or under maintenance. Try later with the same client_ref."),
    ),
    ProblemType(
        "price_changed",
        409,
        _("Price above your limit"),
        _("The price is above max_unit_price. Read the price, then decide."),
    ),
    ProblemType(
        "not_delivered",
        409,
        _("Not delivered"),
        _("Codes can be read once the order is completed or partially_completed."),
    ),
    ProblemType(
        "cursor_expired",
        410,
        _("Read everything again"),
        _("The changes can't be continued from this cursor. Start again without one."),
    ),
    ProblemType(
        "too_large",
        413,
        _("Body too large"),
        _("A body has at most 64 KiB, that of a batch 1 MiB. Send less at once."),
    ),
    ProblemType(
        "unsupported_media_type",
        415,
        _("Not JSON"),
        _("Send the header Content-Type: application/json, and the body uncompressed."),
    ),
    ProblemType(
        "invalid",
        422,
        _("Something is wrong with the input"),
        _("`errors` has a list of messages for each field; `body` stands for the whole."),
    ),
    ProblemType(
        "rate_limited",
        429,
        _("Too many calls"),
        _("Wait as many seconds as the header Retry-After says."),
    ),
    ProblemType(
        "internal_error",
        500,
        _("Our mistake"),
        _("Try again later; for an order with the same client_ref, which can't buy twice."),
    ),
    ProblemType(
        "unavailable",
        503,
        _("Out of order for a moment"),
        _("Nothing was done. Try again as the header Retry-After says."),
    ),
)
PROBLEM_TYPES: Mapping[str, ProblemType] = {one.code: one for one in _TYPES}
