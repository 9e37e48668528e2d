"""What people are told, how they want to hear of it, and mail on its way."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from users.models.people import User


class Notice(models.Model):
    """Something that a person is told in the inbox of a storefront.

    `kind` names a NoticeKind (users/notices/kinds.py), which makes the sentences of `facts` when
    they are shown, in the language of then. `audience` is the storefront, the kind's first part.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="notices", verbose_name=_("person"))
    audience = models.CharField(_("storefront"), max_length=12)
    kind = models.CharField(_("kind"), max_length=50)
    facts: models.JSONField[dict[str, Any]] = models.JSONField(_("facts"), default=dict)
    created_at = models.DateTimeField(_("at"), auto_now_add=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "audience", "-id"], name="notice_inbox"),
            # Counted on every page of the portal: holds what is unread and nothing else.
            models.Index(
                fields=["user", "audience"],
                condition=models.Q(read_at__isnull=True),
                name="notice_unread",
            ),
            models.Index(fields=["created_at"], name="notice_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class NoticeChoice(models.Model):
    """How a person wants to hear of one kind, where that isn't the kind's own default."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="notice_choices", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=50)
    in_inbox = models.BooleanField(_("inbox"))
    by_mail = models.BooleanField(_("e-mail"))

    class Meta:
        verbose_name = _("choice of notices")
        verbose_name_plural = _("choices of notices")
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="notice_choice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"


class OutgoingMail(models.Model):
    """One mail on its way: due, tried again with growing gaps, sent or given up after a day.

    Written in the transaction that is its cause; sent by a worker (users/mailing.py).
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="mails", verbose_name=_("person"))
    address = models.EmailField(_("e-mail address"))
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    # Why it wasn't sent: the kind of error, never what the other side wrote.
    problem = models.CharField(_("problem"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="mail_due",
            ),
            models.Index(fields=["created_at"], name="mail_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sent_at__isnull=True) | models.Q(next_attempt_at__isnull=True),
                name="mail_is_sent_once",
            ),
        ]

    def __str__(self) -> str:
        return self.subject
