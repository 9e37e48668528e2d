"""Applications: to become an agent, or to renew its papers; each with its documents."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kameng.models.agents import Agent, Tier
from kameng.models.invites import InviteLink
from kameng.models.legal import LegalIdentity


class ApplicationStatus(models.TextChoices):
    PENDING = "pending", _("under review")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Application(LegalIdentity):
    """One round of due diligence: what was sent, and what became of it.

    `renews` empty: a request to become an agent; else that agent's newer papers. A corrected one
    is a row of its own, which names the one that it corrects.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="agent_applications",
        verbose_name=_("person"),
    )
    inviter = models.ForeignKey(
        Agent,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="invited_applications",
        verbose_name=_("inviter"),
    )
    invite_link = models.ForeignKey(
        InviteLink,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="applications",
        verbose_name=_("invite link"),
    )
    tier = models.ForeignKey(
        Tier, models.PROTECT, related_name="applications", verbose_name=_("tier applied for")
    )
    renews = models.ForeignKey(
        Agent,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="renewals",
        verbose_name=_("renews the papers of"),
    )
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("corrects")
    )
    legal_until = models.DateField(_("the document is valid until"), null=True, blank=True)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=ApplicationStatus.choices,
        default=ApplicationStatus.PENDING,
    )
    decision_reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    created_at = models.DateTimeField(_("sent"), auto_now_add=True)

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(status="pending"), name="one_pending_application"
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(status="pending"), name="applications_waiting"
            ),
            models.Index(fields=["contact_phone"]),
        ]

    def __str__(self) -> str:
        return self.legal_name

    @property
    def is_pending(self) -> bool:
        return self.status == ApplicationStatus.PENDING


class DocumentKind(models.TextChoices):
    ID_FRONT = "id_front", _("ID card, side with the photo")
    ID_BACK = "id_back", _("ID card, side with the emblem")
    LICENCE = "licence", _("Business licence")
    REPRESENTATIVE = "representative", _("ID card of the legal representative")
    AUTHORISATION = "authorisation", _("Letter of authorisation")
    OTHER = "other", _("Anything else that helps")


class Document(models.Model):
    """An uploaded paper; never changed. Without an application it is a draft of its owner's.

    A corrected application has rows of its own for what is kept, over the same stored file.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="documents",
        verbose_name=_("person"),
    )
    application = models.ForeignKey(
        Application,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name=_("application"),
    )
    kind = models.CharField(_("kind"), max_length=16, choices=DocumentKind.choices)
    file = models.FileField(_("file"), upload_to="applications/%Y/%m")
    sha256 = models.CharField(max_length=64, db_index=True, blank=True)
    must_replace = models.BooleanField(_("must be replaced"), default=False)
    uploaded_at = models.DateTimeField(_("uploaded"))

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["application", "kind"], name="one_document_of_a_kind"),
            models.UniqueConstraint(
                fields=["owner", "kind"],
                condition=Q(application=None),
                name="one_draft_document_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
