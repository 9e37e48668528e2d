"""An agent's codes for pages and files: masked, unless they are handed out by the service."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from catalog.models import SKU
from catalog.sealing import unseal_card
from kameng.code_tags import masked, tags_for
from kameng.models import Agent, OwnedCode
from kameng.queries.shelf import bought_lately

SOON = {"7": 7, "30": 30, "90": 90}


@dataclass(frozen=True, slots=True)
class CodeQuery:
    """What is looked for: sold or not, expiring within days, of a SKU or an order, by a text."""

    state: str = ""
    expiry: str = ""
    sku: str = ""
    order_no: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class CodeRow:
    code: OwnedCode
    shown: str
    is_expired: bool
    margin: Decimal | None


def find_codes(agent: Agent, wanted: CodeQuery) -> QuerySet[OwnedCode]:
    """The agent's codes that fit, newest first; those that expire soon, soonest first.

    A text is the number, the secret, both, or the last four signs of either: found by an index of
    keyed hashes, without opening a single code.
    """
    found = OwnedCode.objects.filter(agent=agent)
    order = "-pk"
    if wanted.state == "unsold":
        found = found.filter(sold_at=None)
    elif wanted.state == "sold":
        found, order = found.filter(sold_at__isnull=False), "-sold_at"
    today = timezone.localdate()
    if wanted.expiry == "past":
        found, order = found.filter(expires_on__lte=today), "-expires_on"
    elif wanted.expiry in SOON:
        until = today + timedelta(days=SOON[wanted.expiry])
        found, order = found.filter(expires_on__gt=today, expires_on__lte=until), "expires_on"
    if wanted.expiry and not wanted.state:
        found = found.filter(sold_at=None)
    if wanted.sku:
        found = found.filter(sku__code=wanted.sku)
    if wanted.order_no:
        found = found.filter(order__order_no=wanted.order_no)
    if wanted.text:
        found = found.filter(tags__overlap=tags_for(agent.pk, wanted.text) or [0])
    return found.select_related("order", "card", "sku__product").order_by(order, "-pk")


def rows_of(codes: Iterable[OwnedCode]) -> list[CodeRow]:
    """For a page or a list without codes: each is opened, and only its end is shown."""
    today = timezone.localdate()
    return [_row(code, today) for code in codes]


def _row(code: OwnedCode, today: date) -> CodeRow:
    opened = unseal_card(code.card.sealed, code.card.fingerprint)
    return CodeRow(
        code=code,
        shown=masked(opened.number, opened.secret),
        is_expired=code.expires_on is not None and code.expires_on <= today,
        margin=None if code.sold_for is None else code.sold_for - code.order.unit_price,
    )


def skus_bought(agent: Agent) -> list[SKU]:
    """The card goods among what was bought lately, to choose from."""
    bought = bought_lately(agent)
    cards = SKU.objects.filter(pk__in=bought.last, kind="card").select_related("product")
    return sorted(cards, key=lambda sku: (sku.product.label, sku.face_value))
