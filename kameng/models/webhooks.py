"""Webhooks: where an agent's programs are told of what happens, what is to be told, and the log.

What happens writes its event and one delivery for each endpoint that listens, in its own
transaction; kameng/services/deliveries.py sends them.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kameng.models.agents import Agent
from kameng.models.api import OrderCallback
from orders.models import Order
from outbound.retrying import GIVE_UP_AFTER


class EventKind(models.TextChoices):
    ORDER_FINISHED = "order.finished", _("order finished")
    ORDER_REFUNDED = "order.refunded", _("order refunded")
    BALANCE_LOW = "balance.low", _("balance low")
    PRICE_CHANGED = "price.changed", _("price changed")
    OFF_SHELF = "product.off_shelf", _("product off shelf")
    ON_SHELF = "product.on_shelf", _("product on shelf")
    TEST = "test", _("test")


class PauseReason(models.TextChoices):
    BY_AGENT = "agent", _("paused by you")
    FAILING = "failing", _("paused by itself: it failed for days")


class Endpoint(models.Model):
    """One address of an agent's program, and what it wants to be told.

    Signed like a request of the API: `key_id` names the endpoint, the secret is sealed and shown
    once. While a secret is being replaced, both sign (`sealed_next_secret` until `switch_at`).
    `quiet_until`: after failures in a row, the whole endpoint waits, so that a dead one costs one
    attempt now and then and holds nobody else up.
    """

    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="endpoints", verbose_name=_("agent")
    )
    key_id = models.CharField(_("key"), max_length=40, unique=True)
    url = models.URLField(_("address"), max_length=500)
    label = models.CharField(_("label"), max_length=60, blank=True)
    events = ArrayField(
        models.CharField(max_length=24, choices=EventKind.choices), verbose_name=_("events")
    )
    is_sandbox = models.BooleanField(_("sandbox"), default=False, editable=False)
    sealed_secret = models.BinaryField(editable=False)
    sealed_next_secret = models.BinaryField(null=True, editable=False)
    switch_at = models.DateTimeField(_("new secret from"), null=True, blank=True)
    pause_reason = models.CharField(
        _("paused"), max_length=8, choices=PauseReason.choices, blank=True
    )
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    quiet_until = models.DateTimeField(_("quiet until"), null=True, blank=True)
    last_success_at = models.DateTimeField(_("last success"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True, pause_reason="")
                | (Q(paused_at__isnull=False) & ~Q(pause_reason="")),
                name="endpoint_pause_has_reason",
            ),
        ]
        indexes = [
            # Asked by every purchase: empty for an agent without endpoints.
            models.Index(
                fields=["agent"], condition=Q(deleted_at__isnull=True), name="endpoint_of_agent"
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.url

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def is_failing(self) -> bool:
        """Nothing it was told lately arrived; shown before it pauses itself."""
        return self.failing_since is not None and self.failures > 1


class WebhookEvent(models.Model):
    """Something that happened, as it was then. Written in the transaction that made it happen."""

    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="webhook_events", verbose_name=_("agent")
    )
    kind = models.CharField(_("event"), max_length=24, choices=EventKind.choices)
    order = models.ForeignKey(
        Order,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="webhook_events",
        verbose_name=_("order"),
    )
    payload: models.JSONField[dict[str, object]] = models.JSONField(_("content"))
    created_at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"evt_{self.pk}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting(self) -> DeliveryQuerySet:
        return self.filter(delivered_at=None, given_up_at=None)


class Delivery(models.Model):
    """One event on its way to one endpoint: waiting, delivered, or given up after a day.

    Within an endpoint, those of one `stream` (an order, the prices) go out one after the other: a
    later one waits until the earlier one was delivered or given up.
    """

    event = models.ForeignKey(
        WebhookEvent, models.CASCADE, related_name="deliveries", verbose_name=_("event")
    )
    endpoint = models.ForeignKey(
        Endpoint, models.PROTECT, related_name="deliveries", verbose_name=_("webhook endpoint")
    )
    stream = models.CharField(max_length=40)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    # While an attempt is under way: when it is taken for lost.
    leased_until = models.DateTimeField(null=True, blank=True)
    # The day of attempts counts from here: the event, or the last time somebody pressed "resend".
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    delivered_at = models.DateTimeField(_("told at"), null=True, blank=True)
    given_up_at = models.DateTimeField(_("given up"), null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(_("last answer"), null=True, blank=True)
    last_error = models.CharField(_("last problem"), max_length=20, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True) | Q(given_up_at__isnull=True),
                name="delivery_ends_once",
            ),
            # Whatever waits is found by the sweeper; whatever has ended is not.
            models.CheckConstraint(
                condition=(
                    Q(next_attempt_at__isnull=False)
                    & Q(delivered_at__isnull=True)
                    & Q(given_up_at__isnull=True)
                )
                | (
                    Q(next_attempt_at__isnull=True)
                    & (Q(delivered_at__isnull=False) | Q(given_up_at__isnull=False))
                ),
                name="delivery_waits_or_has_ended",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="delivery_due",
            ),
            models.Index(
                fields=["endpoint", "stream", "id"],
                condition=Q(next_attempt_at__isnull=False),
                name="delivery_before",
            ),
            models.Index(fields=["endpoint", "-id"], name="delivery_of_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.endpoint_id}"

    @property
    def gives_up_at(self) -> datetime:
        return self.started_at + GIVE_UP_AFTER


class DeliveryAttempt(models.Model):
    """One request that was sent, and its answer: of an event's delivery or an order's callback."""

    delivery = models.ForeignKey(
        Delivery, models.CASCADE, null=True, blank=True, related_name="log"
    )
    callback = models.ForeignKey(
        OrderCallback, models.CASCADE, null=True, blank=True, related_name="log"
    )
    at = models.DateTimeField(_("at"), auto_now_add=True)
    number = models.PositiveSmallIntegerField(_("attempt"))
    url = models.CharField(_("address"), max_length=500)
    headers: models.JSONField[dict[str, str]] = models.JSONField(_("headers"), default=dict)
    body = models.TextField(_("body"), blank=True)
    status = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    # Why no answer came: `refused_address`, `unreachable`, `timeout`, `broken` or `no_key`.
    error = models.CharField(_("problem"), max_length=20, blank=True)
    # The first 2 kB of the answer's body, redacted.
    answer = models.TextField(_("answer's body"), blank=True)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), default=0)

    class Meta:
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(delivery__isnull=True, callback__isnull=False)
                | Q(delivery__isnull=False, callback__isnull=True),
                name="attempt_of_one_thing",
            ),
        ]
        indexes = [models.Index(fields=["at"], name="attempt_by_age")]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class BalanceWatch(models.Model):
    """Below which balance (CNY) an agent wants to hear of it; `is_low` once it was told."""

    agent = models.OneToOneField(
        Agent, models.CASCADE, related_name="balance_watch", verbose_name=_("agent")
    )
    threshold = models.DecimalField(_("threshold"), max_digits=20, decimal_places=4)
    is_low = models.BooleanField(_("low"), default=False)

    class Meta:
        verbose_name = _("balance watch")
        verbose_name_plural = _("balance watches")

    def __str__(self) -> str:
        return f"¥{self.threshold}"


class PriceWatch(models.Model):
    """What an agent's endpoints were last told of the shelf: `told` is SKU key → price (CNY).

    Every change since is found by comparing, whatever caused it: a price list, a tier, a contract
    that begins, an upline's markup, goods taken off the shelf. `seq` is how far the feed of changes
    was compared, `terms` what all prices of the agent hung on then; while those stand, only what
    the feed names is compared.
    """

    agent = models.OneToOneField(
        Agent, models.CASCADE, related_name="price_watch", verbose_name=_("agent")
    )
    told: models.JSONField[dict[str, str]] = models.JSONField(default=dict)
    seq = models.BigIntegerField(_("place in the feed"), null=True, editable=False)
    terms = models.CharField(_("terms"), max_length=32, blank=True, editable=False)
    compared_at = models.DateTimeField(_("compared"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("price watch")
        verbose_name_plural = _("price watches")

    def __str__(self) -> str:
        return f"{len(self.told)} SKUs"
