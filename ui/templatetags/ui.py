"""Template tags of the base design: {% load ui %}. docs/design.md shows each in use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import segno
from django import template
from django.contrib.messages import constants as message_levels
from django.contrib.messages.storage.base import Message
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from ui import charts, formats, tones

register = template.Library()

register.filter("phone", formats.phone)
register.filter("masked_phone", formats.masked_phone)
register.filter("tone", tones.tone)
register.filter("is_moving", tones.is_moving)


@register.filter
def money(value: object, places: int = 2) -> str:
    """`{{ order.total|money }}` → ¥98.50; `|money:4` for commissions."""
    return formats.money(value, places)


@register.filter
def amount(value: object, places: int = 2) -> str:
    """The number alone, grouped: `{{ 1284.5|amount }}` → 1,284.50."""
    return formats.grouped(value, places)


@register.filter
def signed_money(value: object, places: int = 2) -> SafeString:
    """A movement: green +¥5.00 or red −¥5.00."""
    number = formats.as_decimal(value)
    text = formats.money(value, places)
    if number is None or number == 0:
        return format_html('<span class="money">{}</span>', text)
    if number > 0:
        return format_html('<span class="money plus">+{}</span>', text)
    return format_html('<span class="money minus">{}</span>', text)


@register.simple_tag
def big_money(value: object, unit: str = "¥") -> SafeString:
    """An amount set large: small sign, small fen. For totals and balances, one a page."""
    text = formats.grouped(value)
    whole, point, cents = text.partition(".")
    return format_html(
        '<span class="money"><span class="money-sign">{}</span>{}'
        '<span class="money-cents">{}{}</span></span>',
        unit,
        whole,
        point,
        cents,
    )


@register.filter
def when(value: dt.datetime | None) -> SafeString:
    """`<time>`: short on the page, exact to the second in its tool tip."""
    if value is None:
        return SafeString(formats.ABSENT)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        formats.full_moment(value),
        formats.moment(value),
    )


@register.simple_tag
def html_lang() -> str:
    """`zh-Hans` or `en`, as the `lang` attribute wants it."""
    language = get_language() or "zh-hans"
    return "zh-Hans" if language.lower().startswith("zh") else language


@register.filter
def message_tone(message: Message) -> str:
    """The tone of a message of Django's messages framework."""
    if message.level >= message_levels.ERROR:
        return "bad"
    if message.level >= message_levels.WARNING:
        return "warn"
    return "ok" if message.level == message_levels.SUCCESS else "info"


@register.simple_tag
def area_chart(
    points: Sequence[charts.Point], label: str = "", unit: str = "¥", places: int = 2
) -> SafeString:
    return charts.area_chart(points, label=label, unit=unit, places=places)


@register.simple_tag
def qr(text: str, label: str = "") -> SafeString:
    """A QR code of an address, always dark on white so that every scanner reads it."""
    svg = segno.make(text, error="m").svg_inline(omitsize=True, border=0, title=label or None)
    # segno writes the markup itself; `text` becomes modules and `label` is escaped by it.
    return format_html('<span class="qr">{}</span>', mark_safe(svg))


@register.inclusion_tag("components/nav_link.html", takes_context=True)
def nav_link(
    context: Context,
    view_name: str,
    *,
    label: str,
    icon: str = "",
    size: int = 20,
    css: str = "navlink",
    exact: bool = False,
    badge: object = "",
) -> dict[str, object]:
    """A link of a navigation that knows whether the visitor is there.

    `exact`: only the very address counts, for front pages under which everything lies. A view
    name without a route gives no link: an installation may leave a page out.
    """
    try:
        address = reverse(view_name)
    except NoReverseMatch:
        return {"address": ""}
    path = context["request"].path if "request" in context else ""
    here = path == address
    return {
        "address": address,
        "label": label,
        "icon": icon,
        "size": size,
        "css": css,
        "badge": badge,
        "current": "page" if here else "true" if not exact and path.startswith(address) else "",
    }
