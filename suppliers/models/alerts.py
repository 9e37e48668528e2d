"""Alerts about suppliers, who is told, and the log of telling them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AlertCause(models.TextChoices):
    LOW_BALANCE = "low_balance", _("low balance")
    BALANCE_UNREAD = "balance_unread", _("balance can't be read")
    FAILURES = "failures", _("many failures")
    UNKNOWN = "unknown", _("many unknown results")
    SILENCE = "silence", _("no answers")
    BALANCE = "balance", _("balance exhausted")
    COST = "cost", _("costs more than it sells for")
    GONE = "gone", _("gone from the supplier's list")
    CHANGED = "changed", _("other goods under the same number")
    LIST = "list", _("price list can't be used")


class Alert(models.Model):
    """One cause from its beginning to its end. While it lasts nobody is told again."""

    # What it is about, as "<cause>:<kind of thing>:<id>"; one open alert each.
    key = models.CharField(max_length=80)
    cause = models.CharField(_("cause"), max_length=16, choices=AlertCause.choices)
    supplier = models.ForeignKey(
        "suppliers.Supplier", models.PROTECT, related_name="alerts", verbose_name=_("supplier")
    )
    offer = models.ForeignKey(
        "suppliers.Offer",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="alerts",
        verbose_name=_("offer"),
    )
    # The figures; suppliers/alerts/words.py makes sentences of them.
    facts: models.JSONField[dict[str, str]] = models.JSONField(default=dict, blank=True)
    began_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(ended_at=None), name="one_open_alert"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class ReceiverKind(models.TextChoices):
    EMAIL = "email", _("email")
    WEBHOOK = "webhook", _("webhook")


class AlertReceiver(models.Model):
    """Somebody, or some program, that is told. A webhook's secret is sealed."""

    # What the secret is sealed to: never changes.
    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("told by"), max_length=8, choices=ReceiverKind.choices)
    address = models.CharField(_("address"), max_length=500)
    sealed_secret = models.BinaryField(null=True, blank=True, editable=False)
    # Empty: all of them.
    causes: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=16, choices=AlertCause.choices),
        default=list,
        blank=True,
        verbose_name=_("only about"),
    )
    is_open = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("alert receiver")
        verbose_name_plural = _("alert receivers")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def wants(self, cause: str) -> bool:
        return self.is_open and (not self.causes or cause in self.causes)


class DeliveryEvent(models.TextChoices):
    BEGAN = "began", _("it began")
    ENDED = "ended", _("it ended")
    TEST = "test", _("test")


class AlertDelivery(models.Model):
    """One message to one receiver: due, tried again with growing gaps, delivered or given up."""

    receiver = models.ForeignKey(
        AlertReceiver, models.PROTECT, related_name="deliveries", verbose_name=_("receiver")
    )
    alert = models.ForeignKey(
        Alert,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="deliveries",
        verbose_name=_("alert"),
    )
    event = models.CharField(_("about"), max_length=8, choices=DeliveryEvent.choices)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)

    class Meta:
        verbose_name = _("alert message")
        verbose_name_plural = _("alert messages")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "receiver", "event"],
                condition=Q(alert__isnull=False),
                name="alert_told_once",
            ),
            models.CheckConstraint(
                condition=Q(event="test") | Q(alert__isnull=False), name="message_has_its_alert"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="alert_message_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receiver} {self.event}"

    @property
    def is_given_up(self) -> bool:
        return self.delivered_at is None and self.next_attempt_at is None


class AlertAttempt(models.Model):
    """One attempt to deliver a message, and what came of it."""

    delivery = models.ForeignKey(AlertDelivery, models.CASCADE, related_name="log")
    number = models.PositiveSmallIntegerField(_("attempt"))
    at = models.DateTimeField(_("at"), auto_now_add=True)
    seconds = models.FloatField(_("took (s)"))
    http_status = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    # Why it wasn't delivered: a code, never what the other side wrote.
    problem = models.CharField(_("problem"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("attempt to deliver")
        verbose_name_plural = _("attempts to deliver")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="alert_attempt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id}/{self.number}"
