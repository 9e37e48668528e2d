"""The one User of both storefronts and the back office, the audit log, what people are told.

A person can be several things at once: staff (`is_staff`), agent (has a `kameng.Agent`) and member
(has a `kalegou.Member`). The roles live in their apps; here is only who logs in.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from users.phones import normalise_mobile


class PersonManager(UserManager["User"]):
    """Finds a person by username or phone."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)

    def by_login(self, login: str) -> User | None:
        """The active or inactive person who logs in with this username or mobile number."""
        login = login.strip()
        person = self.filter(username=login).first()
        if person is None and (phone := normalise_mobile(login)):
            person = self.filter(phone=phone).first()
        return person


class User(AbstractUser):
    """A person. `phone` is a mainland mobile number of 11 digits, or NULL."""

    phone = models.CharField(_("mobile number"), max_length=11, unique=True, null=True, blank=True)

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta(AbstractUser.Meta):
        verbose_name = _("person")  # type: ignore[assignment]  # django-stubs: str in the base
        verbose_name_plural = _("people")  # type: ignore[assignment]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(phone__isnull=True) | models.Q(phone__regex=r"^1[3-9][0-9]{9}$"),
                name="user_phone_is_mainland_mobile",
            ),
        ]

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username


class AuditLog(models.Model):
    """Who did what to what, and why. Append-only: the database refuses changes.

    Written by services in the same transaction as what it tells about.
    """

    at = models.DateTimeField(_("at"), auto_now_add=True)
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    action = models.CharField(_("action"), max_length=60)
    target = models.CharField(_("target"), max_length=100)
    reason = models.TextField(_("reason"), blank=True)
    details: models.JSONField[dict[str, Any]] = models.JSONField(
        _("details"), default=dict, blank=True
    )

    class Meta:
        verbose_name = _("audit record")
        verbose_name_plural = _("audit log")
        ordering = ["-id"]
        indexes = [models.Index(fields=["target", "id"])]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"


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
