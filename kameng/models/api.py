"""Keys for the open API, and what is told to the programs that use it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kameng.models.agents import Agent
from ledger.models import Account
from orders.models import Channel, Order


class Sandbox(models.Model):
    """An agent's place to try the API out: a wallet of play money (unit PLAY).

    Its orders are those of the channel `sandbox`; nothing of it touches the agent's real wallet,
    orders or uplines.
    """

    agent = models.OneToOneField(
        Agent, models.PROTECT, related_name="sandbox", verbose_name=_("agent")
    )
    wallet = models.OneToOneField(Account, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("sandbox")
        verbose_name_plural = _("sandboxes")

    def __str__(self) -> str:
        return str(self.agent)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self) -> ApiKeyQuerySet:
        """Neither revoked nor replaced long enough ago."""
        return self.filter(revoked_at=None).exclude(expires_at__lte=timezone.now())


class ApiKey(models.Model):
    """A key for the open API. The secret is sealed and shown once, when it is made.

    A key that was replaced goes on until `expires_at`. One of the sandbox acts in the agent's
    sandbox only, and can't be made a real one.
    """

    agent = models.ForeignKey(
        Agent, models.CASCADE, related_name="api_keys", verbose_name=_("agent")
    )
    key_id = models.CharField(_("key"), max_length=40, unique=True)
    sealed_secret = models.BinaryField(editable=False)
    label = models.CharField(_("label"), max_length=60, blank=True)
    is_sandbox = models.BooleanField(_("sandbox"), default=False, editable=False)
    can_buy = models.BooleanField(_("may buy"), default=True)
    ip_allow_list = ArrayField(
        models.GenericIPAddressField(),
        default=list,
        blank=True,
        verbose_name=_("allowed addresses"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    expires_at = models.DateTimeField(_("good until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.key_id

    @property
    def is_usable(self) -> bool:
        is_over = self.expires_at is not None and self.expires_at <= timezone.now()
        return self.revoked_at is None and not is_over

    @property
    def channel(self) -> Channel:
        """Where its orders are placed and read."""
        return Channel.SANDBOX if self.is_sandbox else Channel.WHOLESALE


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
    # The last time somebody pressed "resend": a day of attempts counts anew from there.
    resent_at = models.DateTimeField(_("sent again"), null=True, blank=True)
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
