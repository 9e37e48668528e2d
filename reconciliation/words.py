"""What a difference means and what a resolution does, in a bookkeeper's words.

People read amounts as changes of what lies with the party for us: a charge is negative, a payment
that a gateway collected is positive. That is the ledger's sign turned round.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reconciliation.matching import Verdict
from reconciliation.models import Difference, Party, ResolutionKind
from ui.formats import money

_SUPPLIER: Mapping[Verdict, str | Promise] = {
    Verdict.CHARGED_BUT_FAILED: gettext_lazy(
        "They charged for an attempt that failed with us; the buyer has the money back, or another"
        " supplier delivered. Ask them: if they did deliver, it is a late success; if not, they"
        " owe us the money."
    ),
    Verdict.NOT_THERE: gettext_lazy(
        "We booked this delivery and they have no charge for it (or gave it back). It may be on the"
        " next day's statement; if they never charge, it was free."
    ),
    Verdict.AMOUNT_DIFFERS: gettext_lazy(
        "They charged another amount than the cost that we booked. Look at the price that was"
        " agreed: accept theirs, or claim what is too much."
    ),
    Verdict.UNDECIDED: gettext_lazy(
        "We don't know yet whether this was delivered, and they have it on their statement. A"
        " charge that stands says delivered; one that was given back says failed."
    ),
    Verdict.TWICE: gettext_lazy("They charged more than once for what we sent once."),
    Verdict.NOT_OURS: gettext_lazy(
        "Neither their number nor ours is known here. Somebody may have ordered without this"
        " system, or the line is another customer's."
    ),
    Verdict.FEE: gettext_lazy("A fee that our books don't have yet."),
    Verdict.FUNDING: gettext_lazy(
        "They received a payment from us (or paid out) that our books don't have yet."
    ),
    Verdict.BALANCE: gettext_lazy(
        "Their balance differs from ours by more than lines and open differences explain, and did"
        " not on the day before. On the first day that is what had been paid in before."
    ),
}
_GATEWAY: Mapping[Verdict, str | Promise] = {
    Verdict.CHARGED_BUT_FAILED: gettext_lazy(
        "They paid a refund that failed with us, or that staff settled another way. The payer may"
        " have the money twice."
    ),
    Verdict.NOT_THERE: gettext_lazy(
        "We booked this receipt or refund and they don't have it. It may be on the next day's"
        " statement; otherwise ask them where the money is."
    ),
    Verdict.AMOUNT_DIFFERS: gettext_lazy("They collected or paid another amount than we booked."),
    Verdict.UNDECIDED: gettext_lazy(
        "They have collected a payment or paid a refund, and we were never told. Taking it does"
        " what their notice would have done."
    ),
    Verdict.TWICE: gettext_lazy("The same trade or refund stands on their statement twice."),
    Verdict.NOT_OURS: gettext_lazy(
        "Neither their number nor ours is known here: ask them what it is."
    ),
    Verdict.FEE: gettext_lazy("What they kept as fees on this day, which our books don't have."),
    Verdict.FUNDING: gettext_lazy(
        "They paid out to our bank account, and our books don't have it yet."
    ),
    Verdict.BALANCE: _SUPPLIER[Verdict.BALANCE],
}


def explanation(difference: Difference) -> str:
    """What it means, and what to find out."""
    texts = _SUPPLIER if difference.party.is_supplier else _GATEWAY
    return str(texts.get(Verdict(difference.verdict), ""))


def side(difference: Difference) -> str:
    """To whose disadvantage it is as it stands."""
    if difference.amount > 0:
        return _("They have %(amount)s less for us than our books say.") % {
            "amount": money(difference.amount, 4)
        }
    if difference.amount < 0:
        return _("They have %(amount)s more for us than our books say.") % {
            "amount": money(-difference.amount, 4)
        }
    return _("The amounts are equal.")


def shown(amount: Decimal | None) -> Decimal | None:
    """An amount of the ledger as people read it."""
    return None if amount is None else -amount


def consequence(kind: ResolutionKind, difference: Difference) -> str:
    """What a resolution will do to whose money."""
    amount = money(abs(difference.amount), 4)
    is_bad = difference.amount > 0
    match kind:
        case ResolutionKind.ACCEPT:
            text = (
                _("Our cost of this order rises by %(amount)s to what they charged.")
                if is_bad
                else _("Our cost of this order falls by %(amount)s to what they charged.")
            )
        case ResolutionKind.FEE:
            text = _("%(amount)s is booked as a fee: our expense, off our balance with them.")
        case ResolutionKind.CLAIM:
            text = _(
                "%(amount)s is booked as owed to us by them. It stays a claim until they pay it"
                " back; when that is on a statement, settle it with “They have paid our claim”."
            )
        case ResolutionKind.CLAIM_PAID:
            text = _("%(amount)s that they gave back is booked against what we had claimed.")
        case ResolutionKind.WRITE_OFF:
            text = (
                _("%(amount)s is booked as our loss with them.")
                if is_bad
                else _("%(amount)s is booked as our gain with them.")
            )
        case ResolutionKind.BANK:
            text = (
                _("%(amount)s is booked as paid by them into our bank account.")
                if is_bad
                else _("%(amount)s is booked as paid to them from our bank account.")
            )
        case ResolutionKind.BOOKED:
            text = _(
                "Nothing is booked. Name the journal entry that moved %(amount)s on their account:"
                " it is counted for this line from now on."
            )
        case ResolutionKind.LEAVE:
            text = _(
                "Nothing is booked. The difference of %(amount)s stays in the balance and leaves"
                " the list; it comes back when its figures change."
            )
        case ResolutionKind.DELIVERED:
            text = _(
                "The attempt counts as delivered, at the cost that they charged. An order that"
                " waits for it is completed; one that was refunded stays refunded, and the cost is"
                " our loss."
            )
        case ResolutionKind.FAILED:
            text = _(
                "The attempt counts as failed: the order goes to the next supplier, or the buyer"
                " gets the money back at once. What they charged stays open here."
            )
        case ResolutionKind.PAID:
            text = _(
                "The payment counts as received: the order is delivered or the deposit credited;"
                " money that came twice or too late goes back by itself."
            )
        case _:
            text = _(
                "The refund counts as paid by them. One that staff had settled another way is"
                " booked as a loss: the payer has the money twice."
            )
    return text % {"amount": amount}


def who(party: Party) -> str:
    """A party's name for lists."""
    return f"{party.get_kind_display()} {party.code}"
