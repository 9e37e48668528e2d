"""Which messages with codes left, and which didn't; the codes themselves nobody sees."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from ui.formats import masked_phone
from users.backoffice import ReadOnly
from users.models import OutgoingText


@admin.register(OutgoingText)
class OutgoingTextAdmin(ReadOnly, ModelAdmin):
    """For whoever is told “no message came”."""

    list_display = ("created_at", "number", "purpose", "sent_at", "attempts", "problem", "receipt")
    list_filter = ("purpose", ("sent_at", admin.EmptyFieldListFilter), "problem", "created_at")
    search_fields = ("phone", "receipt")
    list_per_page = 50
    show_full_result_count = False
    fields = (*list_display, "next_attempt_at", "expires_at")
    readonly_fields = fields

    @admin.display(description=_("mobile number"))
    def number(self, text: OutgoingText) -> str:
        return masked_phone(text.phone)
