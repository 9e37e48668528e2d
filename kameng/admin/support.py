"""What staff give agents to work with: announcements, posters, texts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from kameng.models import Announcement, Poster, PromoText
from kameng.posters import PosterInvalid, box_height, check_picture, compose, size_of
from users import audit
from users.backoffice import staff


class Audited:
    """Every change is in the audit log, as of everything that agents see."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)  # type: ignore[misc]
        audit.record(
            actor=staff(request),
            action=f"{'change' if change else 'add'}_{obj._meta.model_name}",
            target=f"{obj._meta.model_name}:{obj.pk}",
            changed=", ".join(form.changed_data),
        )

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        audit.record(
            actor=staff(request),
            action=f"delete_{obj._meta.model_name}",
            target=f"{obj._meta.model_name}:{obj.pk}",
            reason=str(obj),
        )
        super().delete_model(request, obj)  # type: ignore[misc]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)


_TONES = {"shown": "success", "later": "info", "over": "default"}


@admin.register(Announcement)
class AnnouncementAdmin(Audited, ModelAdmin):
    """Written in Chinese, in English if you like; agents see it from and until the times given."""

    list_display = (
        "title",
        "importance",
        "is_pinned",
        "audience",
        "state",
        "readers",
        "shown_from",
    )
    list_filter = ("importance", "is_pinned", "tiers", "shown_from")
    search_fields = ("title", "title_en", "body", "body_en")
    ordering = ("-shown_from", "-id")
    # Three tiers: boxes to tick, where a pair of list boxes is wider than the page.
    formfield_overrides = {
        models.ManyToManyField: {"widget": UnfoldAdminCheckboxSelectMultipleWidget}
    }
    fieldsets = (
        (None, {"fields": ("title", "body", ("importance", "is_pinned"))}),
        (_("In English"), {"fields": ("title_en", "body_en")}),
        (_("For whom and when"), {"fields": ("tiers", "shown_from", "shown_until")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Announcement]:
        rows: QuerySet[Announcement] = super().get_queryset(request)
        return rows.prefetch_related("tiers").annotate(
            read_count=Count("reads", distinct=True),
            confirmed_count=Count(
                "reads", filter=Q(reads__confirmed_at__isnull=False), distinct=True
            ),
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"shown_from": timezone.now(), **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Announcement, form: Any, change: bool) -> None:
        if not change:
            obj.author = staff(request)
        super().save_model(request, obj, form, change)

    @display(description=_("status"), label=_TONES)
    def state(self, row: Announcement) -> tuple[str, Any]:
        now = timezone.now()
        if row.shown_from > now:
            return "later", _("not yet shown")
        if row.shown_until is not None and row.shown_until <= now:
            return "over", _("over")
        return "shown", _("shown")

    @admin.display(description=_("for"))
    def audience(self, row: Announcement) -> str:
        return ", ".join(str(tier) for tier in row.tiers.all()) or str(_("all agents"))

    @admin.display(description=_("read / confirmed"))
    def readers(self, row: Announcement) -> str:
        return f"{getattr(row, 'read_count', 0)} / {getattr(row, 'confirmed_count', 0)}"


class PosterForm(forms.ModelForm):
    class Meta:
        model = Poster
        fields = (
            "title",
            "title_en",
            "image",
            "qr_left",
            "qr_top",
            "qr_size",
            "shows_code",
            "is_shown",
            "position",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        picture = cleaned["image"]
        try:
            if isinstance(picture, UploadedFile):
                width, height = check_picture(picture)
            else:
                with picture.open("rb") as stored:
                    width, height = size_of(stored)
        except PosterInvalid as refusal:
            raise ValidationError({"image": str(refusal)}) from refusal
        size = cleaned["qr_size"]
        if cleaned["qr_left"] + size > width:
            self.add_error("qr_left", _outside(width, height))
        if cleaned["qr_top"] + box_height(size, shows_code=cleaned["shows_code"]) > height:
            self.add_error("qr_top", _outside(width, height))
        return cleaned


def _outside(width: int, height: int) -> str:
    return str(
        _("The QR code would stand outside: the picture is %(width)d × %(height)d pixels.")
        % {"width": width, "height": height}
    )


@admin.register(Poster)
class PosterAdmin(Audited, ModelAdmin):
    """A picture with a place for the QR code; the preview shows it as agents get it."""

    form = PosterForm
    list_display = ("title", "title_en", "small", "is_shown", "position")
    list_filter = ("is_shown",)
    search_fields = ("title", "title_en")
    ordering = ("position", "id")
    fieldsets = (
        (None, {"fields": (("title", "title_en"), "image", ("is_shown", "position"))}),
        (_("QR code"), {"fields": (("qr_left", "qr_top", "qr_size"), "shows_code", "preview")}),
    )
    readonly_fields = ("preview",)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.preview_picture)
        return [
            path("<int:pk>/preview.png", view, name="kameng_poster_preview"),
            *super().get_urls(),
        ]

    def preview_picture(self, request: HttpRequest, pk: int) -> HttpResponse:
        """With an example's QR code: nobody's, so that nothing goes to anybody by it."""
        poster = Poster.objects.filter(pk=pk).first()
        if poster is None or not request.user.has_perm("kameng.view_poster"):
            raise Http404(pk)
        with poster.image.open("rb") as picture:
            content = compose(
                picture,
                left=poster.qr_left,
                top=poster.qr_top,
                size=poster.qr_size,
                link="https://example.com/kameng/apply/EXAMPLE2/",
                code="EXAMPLE2" if poster.shows_code else "",
            )
        return HttpResponse(content, content_type="image/png")

    @admin.display(description=_("preview"))
    def preview(self, poster: Poster) -> str:
        return _picture(poster, "24rem")

    @admin.display(description=_("preview"))
    def small(self, poster: Poster) -> str:
        return _picture(poster, "5rem")


def _picture(poster: Poster, width: str) -> str:
    if poster._state.adding:
        return str(_("Save it first."))
    address = reverse("admin:kameng_poster_preview", args=[poster.pk])
    return format_html('<img src="{}" alt="" style="width:{};max-width:100%">', address, width)


@admin.register(PromoText)
class PromoTextAdmin(Audited, ModelAdmin):
    """Texts that agents copy, with their own link and code filled in."""

    list_display = ("title", "title_en", "is_shown", "position")
    list_filter = ("is_shown",)
    search_fields = ("title", "title_en", "body", "body_en")
    ordering = ("position", "id")
    fieldsets = (
        (None, {"fields": (("title", "title_en"), "body", "body_en", ("is_shown", "position"))}),
    )
