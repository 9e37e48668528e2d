"""One-time codes, and text messages on their way."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CodePurpose(models.TextChoices):
    """What a code is good for; it is good for nothing else."""

    LOG_IN = "log_in", _("logging in")
    NEW_PASSWORD = "new_password", _("a new password")
    CONFIRM = "confirm", _("confirming who it is")
    FIND_ORDER = "find_order", _("finding an order")


class OneTimeCode(models.Model):
    """Six digits sent to a phone: good once, for one purpose, for some minutes and a few tries.

    `subject` is what the purpose is about, such as an order's number. Only a keyed hash of the
    code is kept. The latest one of a phone, purpose and subject counts. A decoy was never sent, for
    want of somebody behind the number: it takes tries like any other, and never fits.
    """

    purpose = models.CharField(_("for"), max_length=20, choices=CodePurpose.choices)
    phone = models.CharField(_("mobile number"), max_length=11)
    subject = models.CharField(_("about"), max_length=40, blank=True)
    code_hash = models.CharField(max_length=64)
    is_decoy = models.BooleanField(_("never sent"), default=False)
    tries_left = models.PositiveSmallIntegerField(_("tries left"))
    created_at = models.DateTimeField(_("at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("good until"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["phone", "purpose", "-id"], name="code_of_phone"),
            models.Index(fields=["created_at"], name="code_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} #{self.pk}"


class OutgoingText(models.Model):
    """One text message on its way: due, tried again while it is of use, sent or given up.

    Written in the transaction that is its cause; sent by a worker (users/texts/sending.py). The
    code in it is sealed, and gone once nothing more is sent.
    """

    phone = models.CharField(_("mobile number"), max_length=11)
    # For the back-end that sends mail instead; "" when the person has given no address.
    email = models.EmailField(_("e-mail address"), blank=True)
    purpose = models.CharField(_("for"), max_length=20, choices=CodePurpose.choices)
    sealed_code = models.BinaryField(null=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("of use until"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    receipt = models.CharField(_("provider's receipt"), max_length=80, blank=True)
    problem = models.CharField(_("problem"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("text message")
        verbose_name_plural = _("text messages")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="text_due",
            ),
            models.Index(fields=["created_at"], name="text_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_attempt_at__isnull=False) | Q(sealed_code__isnull=True),
                name="text_forgets_its_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} #{self.pk}"
