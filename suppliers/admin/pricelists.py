"""Suppliers' price lists: what they sell, how it changed, and what staff are asked about it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action

from suppliers.models import (
    GoodsChange,
    ListRun,
    RunResult,
    Supplier,
    SupplierGoods,
)
from suppliers.pricelists.fetching import ask_for_list
from ui.formats import money
from users.backoffice import ReadOnly, ReasonForm, ask, staff


class IsGone(admin.SimpleListFilter):
    title = _("on the list")
    parameter_name = "gone"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("on the list")), ("yes", _("gone"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[SupplierGoods]
    ) -> QuerySet[SupplierGoods]:
        if self.value() is None:
            return queryset
        return queryset.filter(gone_at__isnull=self.value() == "no")


class ChangeInline(ReadOnly, TabularInline):
    model = GoodsChange
    extra = 0
    fields = ("at", "kind", "before", "after")
    readonly_fields = ("at",)


@admin.register(SupplierGoods)
class SupplierGoodsAdmin(ReadOnly, ModelAdmin):
    """What suppliers sell, at which cost; each line with its history."""

    list_display = (
        "name",
        "ref",
        "supplier",
        "kind",
        "face_value",
        "cost_each",
        "is_available",
        "seen_at",
        "gone_at",
    )
    list_filter = ("supplier", "kind", "is_available", IsGone)
    list_select_related = ("supplier",)
    search_fields = ("name", "ref")
    inlines = (ChangeInline,)

    @admin.display(description=_("cost"), ordering="cost")
    def cost_each(self, goods: SupplierGoods) -> str:
        return money(goods.cost, 4)


@admin.register(ListRun)
class ListRunAdmin(ReadOnly, ModelAdmin):
    """Every fetch of a price list, and what came of it."""

    list_display = (
        "asked_at",
        "supplier",
        "result",
        "listed",
        "appeared",
        "changed",
        "gone",
        "unreadable",
        "actor",
    )
    list_filter = ("supplier", "result")
    list_select_related = ("supplier", "actor")
    actions_detail = ("take_shorter",)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_POST(self.fetch))
        return [
            path("fetch/<int:supplier_id>/", page, name="suppliers_fetch_list"),
            *super().get_urls(),
        ]

    def fetch(self, request: HttpRequest, supplier_id: int) -> HttpResponse:
        """The button: a worker fetches the list, and this run's page shows what came of it."""
        if not request.user.has_perm("suppliers.change_supplier"):
            raise PermissionDenied
        supplier = get_object_or_404(Supplier.objects.watched(), pk=supplier_id)
        run = ask_for_list(supplier=supplier, actor=staff(request))
        messages.success(
            request, _("The price list is being fetched. Load this page again to see the result.")
        )
        return HttpResponseRedirect(reverse("admin:suppliers_listrun_change", args=[run.pk]))

    def has_take_shorter_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        is_short = ListRun.objects.filter(pk=object_id, result=RunResult.SHRUNK).exists()
        return is_short and request.user.has_perm("suppliers.change_supplier")

    @action(
        description=_("Take the short list…"),
        url_path="take-shorter",
        permissions=["take_shorter"],
    )
    def take_shorter(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if not self.has_take_shorter_permission(request, str(object_id)):
            raise PermissionDenied
        run = get_object_or_404(ListRun.objects.select_related("supplier"), pk=object_id)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            fresh = ask_for_list(
                supplier=run.supplier,
                actor=staff(request),
                takes_shorter=True,
                reason=form.cleaned_data["reason"],
            )
            messages.success(request, _("The list is fetched anew and taken however short it is."))
            return HttpResponseRedirect(reverse("admin:suppliers_listrun_change", args=[fresh.pk]))
        return ask(
            request,
            site=self.admin_site,
            title=_("Take the short list of %(supplier)s") % {"supplier": run.supplier.name},
            explanation=_(
                "Ask the supplier first. What isn't on the list is gone then: its offers are taken"
                " out, and orders go to other offers or find “sold out”. No money moves."
            ),
            form=form,
            button=_("Take it"),
            back=reverse("admin:suppliers_listrun_change", args=[object_id]),
        )
