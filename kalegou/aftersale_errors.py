"""Errors after the sale that a person can cause: tickets and claims."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from users.errors import PersonError


class TextMissing(PersonError):
    message = _("Please write what happened, in 2000 characters at most.")


class TooManyPictures(PersonError):
    message = _("At most 6 pictures at once, please.")


class TooManyTickets(PersonError):
    code = "too_many_tickets"
    status = 429
    message = _(
        "You have several open questions already. Please write into one of those: we answer them"
        " together."
    )


class TicketClosed(PersonError):
    code = "invalid"
    status = 409
    message = _("This conversation is closed. Write a new one, and name this one's number.")


class RatingInvalid(PersonError):
    message = _("Choose one to five stars.")


class NothingToRate(PersonError):
    code = "invalid"
    status = 409
    message = _("This can be rated once, after we have answered.")


class NotClaimable(PersonError):
    """Not delivered, too late, claimed already, or given back already."""

    code = "invalid"
    status = 409
    message = _("This can't be claimed any more.")


class ClaimDecided(PersonError):
    code = "invalid"
    status = 409
    message = _("This claim was decided meanwhile. Nothing was changed: have a look at it.")


class NoAddressKnown(PersonError):
    code = "invalid"
    status = 409
    message = _("We don't know an e-mail address of yours. Add one first, and ask again.")


class SentTooOften(PersonError):
    code = "rate_limited"
    status = 429
    message = _("These codes were sent three times today. Please look into your mail, or tomorrow.")
