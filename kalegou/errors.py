"""Errors of the retail shop that a person can cause."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from users.errors import PersonError


class WalletNeedsLogIn(PersonError):
    code = "invalid"
    status = 403
    message = _("Log in to pay from your balance, or choose another way to pay.")


class PointsRefused(PersonError):
    """Fewer points are there, or may be spent on this order, than the page said."""

    code = "invalid"
    status = 409
    message = _(
        "These points can't be used on this order any more. Nothing was charged: look at the new"
        " amount and pay again."
    )


class CouponRefused(PersonError):
    """A coupon that isn't there, or can't be used here and now; the sentence says why."""

    code = "invalid"
    status = 409
    message = _("There is no such coupon. Check the code.")


class CouponChanged(CouponRefused):
    """Another amount comes off than the page said."""

    message = _(
        "The coupon takes another amount off now. Nothing was charged: look at the new amount and"
        " pay again."
    )


class ExchangeRefused(PersonError):
    """Goods that can't be had for points, or not so many; the sentence says why."""

    code = "invalid"
    status = 409
    message = _("This can't be exchanged any more. Nothing was taken.")


class BirthdayInvalid(PersonError):
    message = _("Enter the day on which you were born.")


class BirthdayKept(PersonError):
    status = 409
    message = _("Your birthday is there already. If it is wrong, write to our service.")


class NotYourOrder(PersonError):
    """Also for orders that don't exist: nobody learns which numbers do."""

    code = "unknown_order"
    status = 404
    message = _("There is no such order here.")


class NothingToPay(PersonError):
    code = "invalid"
    status = 409
    message = _("This order needs no payment any more.")


class NothingToReveal(PersonError):
    code = "invalid"
    status = 409
    message = _("This order has no codes.")


class LabelTooLong(PersonError):
    message = _("A name of at most 30 characters, please.")


class TooManyNumbers(PersonError):
    status = 409
    message = _("Your list is full: 200 numbers. Take one off it that you don't need any more.")


class PlanInvalid(PersonError):
    """A monthly top-up that can't be planned so; `field` says where."""

    status = 422


class PlanNotAgreed(PersonError):
    status = 409
    message = _("What you agree to has changed since. Read it again, then agree to it.")


class PlanNotChangeable(PersonError):
    status = 409
    message = _("This monthly top-up can't be changed any more: look at where it stands now.")


class PlanMissed(PersonError):
    code = "missed"
    status = 409
    message = _("We were out of order on its day. Nothing was charged, and it isn't made up for.")


class NothingToWaitFor(PersonError):
    code = "invalid"
    status = 409
    message = _("It is in stock: you can buy it right now.")


class TooManyWishes(PersonError):
    code = "invalid"
    status = 409
    message = _("You wait for 50 things already. Stop waiting for one of them first.")
