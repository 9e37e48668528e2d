"""A proposal in words: why it was made, and what changes for whose money."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from suppliers import words
from suppliers.models import Proposal, ProposalKind
from suppliers.pricelists.floors import Floor
from ui.formats import money


def why(proposal: Proposal) -> list[str]:
    """What gave or took points, one sentence each."""
    return [_reason(row) for row in proposal.reasons]


def _reason(row: Sequence[str]) -> str:
    code, points, figure = row
    text = {
        "goods_name": _("The product of this number: %(figure)s.") % {"figure": figure},
        "goods_kind": _("It is delivered in another way: %(figure)s.") % {"figure": figure},
        "goods_rate": _("A price became a rate, or a rate a price."),
        "goods_value": _("The face value: %(figure)s.") % {"figure": figure},
        "ref": _("It is the product that our offer names."),
        "name": _("The names are %(figure)s alike.") % {"figure": figure},
        "same_face_value": _("The face value is the same: %(figure)s.") % {"figure": figure},
        "other_face_value": _("The face value is another: %(figure)s.") % {"figure": figure},
        "same_period": _("It lasts as long."),
        "other_period": _("It lasts for another time."),
        "figures": _("There are other figures in the name."),
    }[code]
    return f"{text} ({int(points):+d})" if int(points) else text


def consequence(proposal: Proposal, floor: Floor | None) -> str:
    """What accepting it changes, and for whose money. One line for the page that asks."""
    sku = proposal.sku
    named = {
        "sku": f"{sku.product.label} {sku.label}",
        "supplier": proposal.goods.supplier.name,
        "product": proposal.goods.name,
        "before": money(proposal.cost_before, 4),
        "after": money(proposal.cost_after, 4),
    }
    if proposal.kind == ProposalKind.COST:
        text = _("%(sku)s from %(supplier)s: %(before)s → %(after)s for one.") % named
    elif proposal.kind == ProposalKind.GOODS:
        text = (
            _(
                "%(sku)s from %(supplier)s: its number stands for “%(product)s” now,"
                " %(before)s → %(after)s for one."
            )
            % named
        )
        text += " " + _("Buyers of this SKU get that from then on; until then the offer is out.")
    elif proposal.offer is not None:
        text = (
            _("%(sku)s from %(supplier)s: now “%(product)s”, %(before)s → %(after)s for one.")
            % named
        )
    else:
        text = _("%(sku)s: new offer of %(supplier)s, “%(product)s”, %(after)s for one.") % named
    text += " " + _("At the list price of %(price)s we keep %(kept)s.") % {
        "price": money(sku.list_price),
        "kept": money(sku.list_price - proposal.cost_after, 4),
    }
    if floor is not None and floor.who != "list_price":
        text += " " + _("At the lowest price of %(price)s (%(who)s) we keep %(kept)s.") % {
            "price": money(floor.price),
            "who": words.payer(floor.who, floor.name),
            "kept": money(floor.price - proposal.cost_after, 4),
        }
    if is_below_cost(proposal, floor):
        text += " " + _("It costs more than it sells for: the offer stays out, nothing is sold.")
    return text


def is_below_cost(proposal: Proposal, floor: Floor | None) -> bool:
    return floor is not None and proposal.cost_after > floor.price


def kept(proposal: Proposal, floor: Floor | None) -> Decimal | None:
    """What the lowest price leaves of one."""
    return None if floor is None else floor.price - proposal.cost_after
