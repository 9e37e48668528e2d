"""The promises with what was measured of each: for the public page, and in short for the front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from kalegou.measured import Measured, last_measured, measured_promises
from kalegou.models import Period, Promise
from kalegou.promises import PROMISED


@dataclass(frozen=True, slots=True)
class Figures:
    """One promise in one period; `measured` is None when nothing happened in it."""

    measured: Measured | None
    limit_seconds: float

    @property
    def is_kept(self) -> bool:
        """95 of 100 came within the promise."""
        return self.measured is not None and self.measured.p95_seconds <= self.limit_seconds


@dataclass(frozen=True, slots=True)
class Row:
    promise: Promise
    name: str | LazyText
    promised: str | LazyText
    day: Figures
    month: Figures


@dataclass(frozen=True, slots=True)
class Topic:
    """One question of a buyer, with the promises that answer it."""

    icon: str
    title: str | LazyText
    explanation: str | LazyText
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ServicePage:
    """`day_at` and `month_at` say when the periods were measured last; None: not yet."""

    topics: tuple[Topic, ...]
    day_at: datetime | None
    month_at: datetime | None


_TOPICS: Sequence[tuple[str, str | LazyText, str | LazyText, Sequence[Promise]]] = (
    (
        "zap",
        _("From payment to delivery"),
        _("Every order that was delivered whole, by kind of goods."),
        (Promise.CARDS, Promise.FAST, Promise.SLOW),
    ),
    (
        "undo-2",
        _("From failure to your money"),
        _(
            "Every refund that nobody had to ask for: from the moment the delivery failed until the"
            " money was confirmed back."
        ),
        (Promise.REFUND_WALLET, Promise.REFUND_GATEWAY),
    ),
    (
        "headset",
        _("From question to answer"),
        _(
            "Every ticket: from sending it to the first answer of a person. Who still waits for"
            " longer than promised counts, too."
        ),
        (Promise.FIRST_ANSWER,),
    ),
)
# How each promise is called beside its figures.
_NAMES: dict[Promise, str | LazyText] = {
    Promise.CARDS: _("Card codes"),
    Promise.FAST: _("Fast top-up"),
    Promise.SLOW: _("Slow top-up"),
    Promise.REFUND_WALLET: _("To your balance"),
    Promise.REFUND_GATEWAY: _("To Alipay or WeChat Pay"),
    Promise.FIRST_ANSWER: _("First answer"),
}


def service_figures() -> ServicePage:
    """Two queries. A promise that isn't measured in this shop isn't shown."""
    measured = measured_promises()
    known = {promise for promise, _period in measured}
    topics = []
    for icon, title, explanation, promises in _TOPICS:
        rows = tuple(
            Row(
                promise,
                _NAMES[promise],
                PROMISED[promise][0],
                Figures(measured.get((promise, Period.DAY)), PROMISED[promise][1]),
                Figures(measured.get((promise, Period.MONTH)), PROMISED[promise][1]),
            )
            for promise in promises
            if promise in known
        )
        if rows:
            topics.append(Topic(icon, title, explanation, rows))
    at = last_measured()
    return ServicePage(tuple(topics), at.get(Period.DAY), at.get(Period.MONTH))


@dataclass(frozen=True, slots=True)
class Headline:
    """The front page's three: medians of the last 30 days; None where nothing happened."""

    cards: Measured | None
    fast: Measured | None
    refund: Measured | None
    answer: Measured | None


def headline_figures() -> Headline:
    """One query."""
    measured = measured_promises()

    def of(promise: Promise) -> Measured | None:
        return measured.get((promise, Period.MONTH))

    refunds = [one for p in (Promise.REFUND_WALLET, Promise.REFUND_GATEWAY) if (one := of(p))]
    return Headline(
        cards=of(Promise.CARDS),
        fast=of(Promise.FAST),
        # The slower way of the two: nobody is promised what only some get.
        refund=max(refunds, key=lambda one: one.median_seconds, default=None),
        answer=of(Promise.FIRST_ANSWER),
    )
