"""What can be wrong with a call, besides what the services refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from users.errors import PersonError


class ApiError(PersonError):
    """`retry_after_seconds`: when the same call may work, if waiting helps at all."""

    retry_after_seconds: int | None = None


class BadSignature(ApiError):
    """Also for an unknown or revoked key: nobody learns which keys exist."""

    code = "bad_signature"
    status = 401
    message = _(
        "The key is not known or the signature doesn't fit this request. Sign the method, the path"
        " and query as sent, the timestamp, the nonce and the SHA-256 of the body."
    )


class StaleTimestamp(ApiError):
    code = "stale_timestamp"
    status = 401

    def __init__(self, server_time: int) -> None:
        super().__init__(
            _(
                "X-Timestamp is more than 300 seconds away from this server's clock, which says"
                " %(time)d. Set your clock and sign again."
            )
            % {"time": server_time}
        )


class ReplayedNonce(ApiError):
    code = "replayed_nonce"
    status = 401
    message = _("This X-Nonce was used before. Sign each request, a repeat too, with a new one.")


class AddressNotAllowed(ApiError):
    code = "ip_not_allowed"
    status = 403

    def __init__(self, address: str) -> None:
        super().__init__(
            _("This key may not be used from %(address)s. Ask us to add the address to its list.")
            % {"address": address}
        )


class BuyingNotAllowed(ApiError):
    code = "buying_not_allowed"
    status = 403
    message = _("This key may only read. Nothing was charged: use a key that may buy.")


class NotInSandbox(ApiError):
    code = "not_in_sandbox"
    status = 403
    message = _("A key of the sandbox can't do this. Nothing was done: use a real key for it.")


class RateLimited(ApiError):
    code = "rate_limited"
    status = 429

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(
            _("Too many calls with this key. Nothing was done: try again in %(seconds)d s.")
            % {"seconds": retry_after_seconds}
        )


class Unavailable(ApiError):
    code = "unavailable"
    status = 503
    retry_after_seconds = 5
    message = _("We can't check requests right now. Nothing was done: please try again shortly.")


class UnknownOrder(ApiError):
    code = "unknown_order"
    status = 404
    message = _("You have no order with this number.")


class UnknownBatch(ApiError):
    code = "unknown_batch"
    status = 404
    message = _("You have no batch with this number.")


class BatchConflict(ApiError):
    code = "idempotency_conflict"
    status = 409
    message = _(
        "This batch_ref was used for a batch with other content. Nothing was done: send the same"
        " content, or another batch_ref."
    )


class TooManyBatches(ApiError):
    code = "limit_exceeded"
    status = 403

    def __init__(self, most: int) -> None:
        super().__init__(
            _(
                "%(count)d of your batches are under way, and more aren't taken at once. Nothing"
                " was done: wait until one is finished."
            )
            % {"count": most}
        )


class KeyEnded(ApiError):
    """Of a line of a batch: its key was revoked before the line had its turn."""

    code = "bad_signature"
    status = 401
    message = _(
        "The key that sent this batch was revoked before this line was placed. Nothing was charged"
        " for it: send it again with another key."
    )


class CursorExpired(ApiError):
    code = "cursor_expired"
    status = 410
    message = _(
        "This cursor is older than 30 days. Read everything again: start without a cursor, and take"
        " off your shelf what you don't get."
    )


class TermsChanged(CursorExpired):
    message = _(
        "All your prices may have changed at once (your tier, or an upline's terms). Read"
        " everything again: start without a cursor."
    )


class NotDelivered(ApiError):
    code = "not_delivered"
    status = 409
    message = _("This order has not been delivered, so it has no codes. Its status tells more.")


class BadRequest(ApiError):
    code = "bad_request"
    status = 400
    message = _(
        "This request can't be read, or its Host header names another server. Nothing was done."
    )


class NotFound(ApiError):
    code = "not_found"
    status = 404
    message = _("There is no such address in this API. Its paths have no slash at the end.")


class MethodNotAllowed(ApiError):
    code = "method_not_allowed"
    status = 405

    def __init__(self, allowed: Sequence[str]) -> None:
        self.allowed = tuple(allowed)
        super().__init__(
            _("This address only takes %(methods)s.") % {"methods": ", ".join(allowed)}
        )


class TooLarge(ApiError):
    code = "too_large"
    status = 413

    def __init__(self, most_bytes: int) -> None:
        super().__init__(
            _("The body is larger than %(size)d KiB. Nothing was done.")
            % {"size": most_bytes // 1024}
        )


class UnsupportedMediaType(ApiError):
    code = "unsupported_media_type"
    status = 415
    message = _(
        "Send JSON, not compressed, with the header Content-Type: application/json. Nothing was"
        " done."
    )


class Invalid(ApiError):
    """`errors`: what is wrong with each field, `body` for the whole."""

    code = "invalid"
    status = 422
    message = _("Please check what you sent. Nothing was charged.")

    def __init__(self, errors: Mapping[str, Sequence[str | Promise]]) -> None:
        self.errors = errors
        super().__init__()


class InternalError(ApiError):
    code = "internal_error"
    status = 500
    message = _(
        "Something went wrong on our side, and it is written down. An order can be sent again with"
        " the same client_ref: it never buys twice."
    )
