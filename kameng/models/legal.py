"""The columns that say who stands behind an agent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class LegalKind(models.TextChoices):
    PERSON = "person", pgettext_lazy("legal kind", "person")
    COMPANY = "company", _("company")


class LegalIdentity(models.Model):
    """A person or company by name and number. Written and read by kameng/identity.py: the number
    is sealed, `legal_id_mark` finds it again, `masked_legal_id` is what screens show."""

    legal_kind = models.CharField(_("applies as"), max_length=8, choices=LegalKind.choices)
    legal_name = models.CharField(_("legal name"), max_length=100)
    sealed_legal_id = models.BinaryField()
    legal_id_mark = models.BinaryField(db_index=True)
    masked_legal_id = models.CharField(_("ID or licence number"), max_length=40)
    contact_phone = models.CharField(_("mobile number"), max_length=11)

    class Meta:
        abstract = True
