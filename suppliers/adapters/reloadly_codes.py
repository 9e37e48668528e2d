"""What Reloadly's error codes and statuses mean for an order."""

from __future__ import annotations

from suppliers.outcomes import OutcomeKind

TOKEN_EXPIRED = "TOKEN_EXPIRED"
DEFINITE = frozenset(
    {
        "INVALID_RECIPIENT_PHONE",
        "INVALID_PHONE_NUMBER",
        "COUNTRY_NOT_SUPPORTED",
        "COULD_NOT_AUTO_DETECT_OPERATOR",
        "OPERATOR_NOT_FOUND",
        "OPERATOR_UNAVAILABLE_OR_CURRENTLY_INACTIVE",
        "OPERATOR_NOT_IN_SERVICE",
        "INVALID_AMOUNT",
        "INVALID_AMOUNT_FOR_OPERATOR",
        "INSUFFICIENT_BALANCE",
        "INACTIVE_ACCOUNT",
        "MAX_DAILY_TRANSACTION_COUNT_REACHED",
        "MAX_DAILY_TRANSACTION_AMOUNT_REACHED",
        # On a first send only; the query that follows every refusal finds an earlier one of ours.
        "PHONE_RECENTLY_RECHARGED",
    }
)
FOR_STAFF = frozenset({"INSUFFICIENT_BALANCE", "INACTIVE_ACCOUNT"})
FINAL = {
    "SUCCESSFUL": OutcomeKind.DELIVERED,
    "FAILED": OutcomeKind.REJECTED,
    "REFUNDED": OutcomeKind.REJECTED,
}
