"""Conversations with customer service, and the pictures that were sent in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models import Order


class TicketTopic(models.TextChoices):
    NOT_ARRIVED = "not_arrived", _("It hasn't arrived")
    FAILED = "failed", _("It failed, or where is my refund?")
    CODE = "code", _("A code doesn't work")
    PAYMENT = "payment", _("A payment")
    ACCOUNT = "account", _("My account, points or balance")
    OTHER = "other", _("Something else")


class TicketStatus(models.TextChoices):
    WAITING = "waiting", _("waiting for us")
    ANSWERED = "answered", _("answered")
    CLOSED = "closed", _("closed")


class Ticket(models.Model):
    """One conversation. A guest's is about an order, and whoever may see the order may see it.

    `first_answer_at` is when a person of ours answered first; `waiting_since` since when the buyer
    waits for one, which is what the promise of an answer counts from.
    """

    ticket_no = models.CharField(_("ticket"), max_length=32, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("member"),
    )
    order = models.ForeignKey(
        Order,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("order"),
    )
    topic = models.CharField(_("about"), max_length=12, choices=TicketTopic.choices)
    status = models.CharField(
        _("status"), max_length=8, choices=TicketStatus.choices, default=TicketStatus.WAITING
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("with"),
    )
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    first_answer_at = models.DateTimeField(_("first answer"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    rating = models.PositiveSmallIntegerField(_("rating"), null=True, blank=True)
    rating_text = models.CharField(_("what was said with it"), max_length=300, blank=True)
    rated_at = models.DateTimeField(_("rated at"), null=True, blank=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False) | Q(order__isnull=False),
                name="ticket_is_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", waiting_since__isnull=False)
                | (~Q(status="waiting") & Q(waiting_since__isnull=True)),
                name="ticket_waits_since",
            ),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__gte=1, rating__lte=5),
                name="ticket_rating_of_five",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="ticket_of_member"),
            models.Index(
                fields=["waiting_since"], condition=Q(status="waiting"), name="ticket_waiting"
            ),
            models.Index(fields=["created_at"], name="ticket_by_time"),
        ]

    def __str__(self) -> str:
        return self.ticket_no


class TicketMessage(models.Model):
    """One thing said. Append-only by habit: no service changes or deletes one."""

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, related_name="messages", verbose_name=_("ticket")
    )
    # None for a guest.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    is_staff = models.BooleanField(_("ours"), default=False)
    text = models.TextField(_("text"), max_length=2000)
    created_at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.created_at:%F %T}"


class TicketPicture(models.Model):
    """A picture sent with a message: private, served to who may see the ticket."""

    message = models.ForeignKey(TicketMessage, models.PROTECT, related_name="pictures")
    file = models.FileField(_("file"), upload_to="tickets/%Y/%m")
    # The same picture sent with another claim is found by it.
    sha256 = models.CharField(max_length=64, db_index=True)
    created_at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.file.name or ""


class CannedAnswer(models.Model):
    """A text that staff answer with often; they may change it before it is sent."""

    title = models.CharField(_("title"), max_length=60, unique=True)
    topic = models.CharField(_("about"), max_length=12, choices=TicketTopic.choices, blank=True)
    text = models.TextField(_("text"), max_length=2000)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("canned answer")
        verbose_name_plural = _("canned answers")
        ordering = ["position", "title"]

    def __str__(self) -> str:
        return self.title
