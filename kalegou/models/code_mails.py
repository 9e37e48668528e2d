"""Codes sent to their buyer again, by e-mail."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models import Order


class CodeMail(models.Model):
    """The codes of one order on their way to an address: due, tried again, sent or given up.

    The codes aren't kept here: whoever sends it opens them then (kalegou/services/code_mails.py).
    """

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="code_mails", verbose_name=_("order")
    )
    # Who asked; None for a guest.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    address = models.EmailField(_("e-mail address"))
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("mail with codes")
        verbose_name_plural = _("mails with codes")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="code_mail_due",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(next_attempt_at__isnull=True),
                name="code_mail_is_sent_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.address}"
