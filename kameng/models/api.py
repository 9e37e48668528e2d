"""Keys for the open API, and what is told to the programs that use it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kameng.models.agents import Agent
from orders.models import Order


class ApiKey(models.Model):
    """A key for the open API. The secret is sealed and shown once, when it is made."""

    agent = models.ForeignKey(
        Agent, models.CASCADE, related_name="api_keys", verbose_name=_("agent")
    )
    key_id = models.CharField(_("key"), max_length=40, unique=True)
    sealed_secret = models.BinaryField(editable=False)
    label = models.CharField(_("label"), max_length=60, blank=True)
    can_buy = models.BooleanField(_("may buy"), default=True)
    ip_allow_list = ArrayField(
        models.GenericIPAddressField(),
        default=list,
        blank=True,
        verbose_name=_("allowed addresses"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.key_id


class OrderCallback(models.Model):
    """Telling an agent's program that its order has ended: one row an order that asked for it.

    Due at `next_attempt_at`; without one, the order is still under way, the program was told
    (`delivered_at`), or 24 hours of attempts were in vain. Signed with the key that placed the
    order. Sent by kameng/services/callbacks.py.
    """

    order = models.OneToOneField(
        Order, models.PROTECT, related_name="callback", verbose_name=_("order")
    )
    key = models.ForeignKey(
        ApiKey, models.PROTECT, related_name="callbacks", verbose_name=_("API key")
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("told at"), null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(_("last answer"), null=True, blank=True)
    # Why no answer came: `refused_address`, `unreachable`, `timeout`, `broken` or `no_key`.
    last_error = models.CharField(_("last problem"), max_length=20, blank=True)
    created_at = models.DateTimeField(_("asked for"), auto_now_add=True)

    class Meta:
        verbose_name = _("order callback")
        verbose_name_plural = _("order callbacks")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True) | Q(next_attempt_at__isnull=True),
                name="callback_told_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="callback_due",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.order_id}"
