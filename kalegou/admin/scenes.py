"""How staff arrange the front page."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from kalegou.models import Scene


@admin.register(Scene)
class SceneAdmin(ModelAdmin):
    """The scenes of the front page: which categories each shows, in which order."""

    list_display = ("name", "code", "shows", "icon", "position", "is_visible")
    list_editable = ("position", "is_visible")
    list_filter = ("is_visible",)
    search_fields = ("name", "name_en", "code")
    autocomplete_fields = ("categories",)
    fieldsets = (
        (None, {"fields": (("name", "name_en"), ("tagline", "tagline_en"), ("code", "icon"))}),
        (_("On the front page"), {"fields": ("categories", ("position", "is_visible"))}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scene]:
        scenes: QuerySet[Scene] = super().get_queryset(request)
        return scenes.prefetch_related("categories")

    @admin.display(description=_("categories"))
    def shows(self, scene: Scene) -> str:
        return ", ".join(category.label for category in scene.categories.all())
