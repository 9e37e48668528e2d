"""What happened at a supplier and what it means, as sentences for staff: one place for all of it.

A pause, a stop of an offer and an alert keep their cause and figures (`facts`), and are told in the
reader's language when they are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from ui.formats import grouped, money

Facts = Mapping[str, str]


def reason(cause: str, facts: Facts) -> str:
    """What happened, with its figures."""
    return _REASONS[cause](facts)


def meaning(cause: str) -> str:
    """What it means for orders and money, and what to do."""
    return _MEANINGS[cause]()


def hours(value: object) -> str:
    """A span as people say it: hours below two days, else days."""
    try:
        number = float(str(value))
    except ValueError:
        return ""
    if number < 1:
        return _("less than an hour")
    if number < 48:
        return _("%(count)s hours") % {"count": grouped(number, 0)}
    return _("%(count)s days") % {"count": grouped(number / 24, 0)}


def _low_balance(facts: Facts) -> str:
    text = _("%(balance)s is left.") % {"balance": money(facts.get("balance"))}
    if facts.get("lasts_hours"):
        text += " " + _("At the present spend of %(spend)s an hour it lasts %(hours)s.") % {
            "spend": money(facts.get("spend_per_hour")),
            "hours": hours(facts["lasts_hours"]),
        }
    return text


def _failures(facts: Facts) -> str:
    return _("%(failed)s of the last %(decided)s decided attempts failed.") % _shown(
        facts, "failed", "decided"
    )


def _unknown(facts: Facts) -> str:
    return _("%(unknown)s of the last %(attempts)s attempts had an unknown result.") % _shown(
        facts, "unknown", "attempts"
    )


def _silence(facts: Facts) -> str:
    return _("The last %(count)s orders got no answer.") % _shown(facts, "count")


def _balance(facts: Facts) -> str:
    return _("%(balance)s is left; the cheapest order needs %(needed)s.") % {
        "balance": money(facts.get("balance")),
        "needed": money(facts.get("needed"), 4),
    }


def _balance_unread(facts: Facts) -> str:
    return _("The supplier didn't tell its balance %(count)s times in a row.") % _shown(
        facts, "count"
    )


def _cost(facts: Facts) -> str:
    return _("%(sku)s costs %(cost)s and is sold from %(price)s (%(who)s).") % {
        "sku": facts.get("sku", ""),
        "cost": money(facts.get("cost"), 4),
        "price": money(facts.get("price"), 4),
        "who": payer(facts.get("who", ""), facts.get("who_name", "")),
    }


def payer(who: str, name: str) -> str:
    """Who pays a lowest price (suppliers/pricelists/floors.py)."""
    match who:
        case "tier":
            return _("agents of tier %(name)s") % {"name": name}
        case "contract":
            return _("contract price of %(name)s") % {"name": name}
        case "member_level":
            return _("members of level %(name)s") % {"name": name}
        case _:
            return _("list price")


def _gone(facts: Facts) -> str:
    return _("%(sku)s (%(ref)s) is no more on the supplier's price list.") % _shown(
        facts, "sku", "ref"
    )


def _changed(facts: Facts) -> str:
    return _("%(sku)s: under %(ref)s the supplier sells other goods now: %(names)s.") % _shown(
        facts, "sku", "ref", "names"
    )


def _unavailable(facts: Facts) -> str:
    return _("%(sku)s (%(ref)s) is off sale or out of stock at the supplier.") % _shown(
        facts, "sku", "ref"
    )


def _list(facts: Facts) -> str:
    if facts.get("problem") == "shrunk":
        return _(
            "The list has %(now)s products, where there were %(before)s: it may be half a list."
        ) % _shown(facts, "now", "before")
    if facts.get("problem") == "contradictory":
        return _("The list names %(ref)s twice, with different content.") % _shown(facts, "ref")
    return _("The supplier didn't give its list %(count)s times in a row.") % _shown(facts, "count")


def _shown(facts: Facts, *names: str) -> dict[str, str]:
    return {name: facts.get(name, "?") for name in names}


_REASONS: Mapping[str, Callable[[Facts], str]] = {
    "low_balance": _low_balance,
    "balance_unread": _balance_unread,
    "failures": _failures,
    "unknown": _unknown,
    "silence": _silence,
    "balance": _balance,
    "cost": _cost,
    "gone": _gone,
    "unavailable": _unavailable,
    "changed": _changed,
    "list": _list,
}

_MEANINGS: Mapping[str, Callable[[], str]] = {
    "low_balance": lambda: _(
        "Orders go on for now. Send the supplier money before it runs out: then orders would go to"
        " the next offer or be refunded."
    ),
    "balance_unread": lambda: _(
        "Nobody would see the balance run out. Look whether the supplier's address and secrets"
        " still hold."
    ),
    "failures": lambda: _(
        "What failed was refunded or went to the next offer. Ask the supplier what is wrong."
    ),
    "unknown": lambda: _(
        "The money of these orders waits, neither refunded nor spent, until the supplier or a"
        " person says what became of them."
    ),
    "silence": lambda: _(
        "Whether these orders were delivered isn't known yet, and their money waits. Look whether"
        " the supplier can be reached."
    ),
    "balance": lambda: _(
        "No order can be paid for there. Send the supplier money; it is tried again by itself when"
        " the money has arrived."
    ),
    "cost": lambda: _(
        "The offer is out, so that nothing is sold at a loss. It comes back when the cost falls or"
        " the price rises, or when you allow selling below cost."
    ),
    "gone": lambda: _(
        "The offer is out; no money moves. It comes back when the product is on the list again."
        " Find another product for it, or close the offer."
    ),
    "changed": lambda: _(
        "The offer is out, so that nobody gets something else than they paid for; no money moves."
        " If it is the same after all, accept the proposal; else give the offer another product, or"
        " close it."
    ),
    "unavailable": lambda: _(
        "The offer is out until the supplier has it again; no money moves. Other offers are used."
    ),
    "list": lambda: _(
        "Nothing was changed: costs and offers are as the last whole list said. Ask the supplier,"
        " then fetch the list again or take it as it is."
    ),
}
