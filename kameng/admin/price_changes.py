"""Changes of prices: the look at them before they are saved, what is scheduled, the history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSplitDateTimeWidget

from kameng.admin.price_problems_page import problems_page
from kameng.admin.price_table_page import EDIT, must_edit_prices, table_page
from kameng.admin.price_upload_page import upload_page
from kameng.errors import PriceRefused
from kameng.models import (
    ChangeSetStatus,
    ChangeSource,
    PriceChange,
    PriceChangeSet,
    PriceKind,
    Tier,
)
from kameng.price_items import PriceItem
from kameng.price_words import ItemLine, item_lines, problem_sentences, shown_value
from kameng.services.price_changes import discard_changes, preview, save_draft
from ui.exports import table_file
from users.backoffice import ReadOnly, ReasonForm, ask, reason_field, staff
from users.errors import PersonError

SHOWN_LINES = 300
_TONES = {
    ChangeSetStatus.DRAFT: "warning",
    ChangeSetStatus.SCHEDULED: "info",
    ChangeSetStatus.APPLIED: "success",
    ChangeSetStatus.REFUSED: "danger",
    ChangeSetStatus.DISCARDED: "",
}
_KINDS = ("tiers", "contracts")


class SaveForm(forms.Form):
    reason = reason_field()
    effective_at = forms.SplitDateTimeField(
        label=_("In force from"),
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text=_("Empty: now. Otherwise the rules are looked at once more when it is due."),
    )


@admin.register(PriceChangeSet)
class PriceChangeSetAdmin(ReadOnly, ModelAdmin):
    """What was changed together, by whom and why; what is scheduled; what was refused when due."""

    list_display = (
        "id",
        "state",
        "size",
        "source",
        "reason",
        "actor",
        "created_at",
        "effective_at",
    )
    list_display_links = ("id", "state")
    list_filter = ("status", "source", "created_at")
    list_select_related = ("actor",)
    search_fields = ("reason", "actor__username")
    show_full_result_count = False

    @display(description=_("status"), label=_TONES, ordering="status")
    def state(self, changes: PriceChangeSet) -> tuple[str, str]:
        return changes.status, changes.get_status_display()

    @admin.display(description=_("changes"))
    def size(self, changes: PriceChangeSet) -> int:
        return len(changes.items)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("table/", wrap(table_page), name="kameng_price_table"),
            path("problems/", wrap(problems_page), name="kameng_price_problems"),
            path("files/<slug:kind>/", wrap(upload_page), name="kameng_price_upload"),
            path("<int:object_id>/discard/", wrap(self.discard_page), name="kameng_price_discard"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A look at the changes and what they would break; the button that makes them true."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        changes = get_object_or_404(PriceChangeSet.objects.select_related("actor"), pk=object_id)
        is_draft = changes.status == ChangeSetStatus.DRAFT
        items = [PriceItem.of(kept) for kept in changes.items]
        form = SaveForm(request.POST or None)
        if request.method == "POST" and is_draft:
            must_edit_prices(request)
            if form.is_valid():
                try:
                    save_draft(changes=changes, actor=staff(request), **form.cleaned_data)
                except PersonError as refusal:
                    form.add_error(
                        refusal.field if refusal.field in form.fields else None, str(refusal)
                    )
                else:
                    return self._done(request, changes)
        problems: list[str] = list(changes.problems)
        if is_draft:
            problems = _problems(items)
        lines = _lines_of(changes, items)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": _("Price change #%(number)d") % {"number": changes.pk},
            "changes": changes,
            "lines": lines[:SHOWN_LINES],
            "more": max(len(items) - SHOWN_LINES, 0),
            "problems": problems,
            "is_draft": is_draft,
            "is_open": changes.status in (ChangeSetStatus.DRAFT, ChangeSetStatus.SCHEDULED),
            "can_edit": request.user.has_perm(EDIT),
            "form": form,
            "back": _back(request, changes),
        }
        return render(
            request,
            "admin/kameng/price_review.html",
            context,
            status=422 if form.errors else 200,
        )

    def _done(self, request: HttpRequest, changes: PriceChangeSet) -> HttpResponse:
        changes.refresh_from_db()
        if changes.status == ChangeSetStatus.SCHEDULED:
            text = gettext("The changes are scheduled.")
        else:
            text = gettext("The prices are changed: the next order has them.")
        messages.success(request, text)
        return HttpResponseRedirect(
            reverse("admin:kameng_pricechangeset_change", args=[changes.pk])
        )

    def discard_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        must_edit_prices(request)
        changes = get_object_or_404(PriceChangeSet, pk=object_id)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                discard_changes(changes=changes, actor=staff(request), **form.cleaned_data)
            except PersonError as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, gettext("The changes are given up."))
                return HttpResponseRedirect(reverse("admin:kameng_pricechangeset_changelist"))
        return ask(
            request,
            site=self.admin_site,
            title=_("Give up price change #%(number)d") % {"number": changes.pk},
            explanation=_("The prices stay as they are now. It can't be taken up again."),
            form=form,
            button=_("Give them up"),
            back=reverse("admin:kameng_pricechangeset_change", args=[changes.pk]),
        )


def _problems(items: Sequence[PriceItem]) -> list[str]:
    try:
        return problem_sentences(preview(items=items))
    except PriceRefused as refused:
        return [str(refused)]


def _back(request: HttpRequest, changes: PriceChangeSet) -> str:
    """To the table where a draft was typed, with what was typed."""
    if changes.source != ChangeSource.GRID:
        return reverse("admin:kameng_pricechangeset_changelist")
    table = reverse("admin:kameng_price_table")
    return f"{table}?{request.GET.get('back', '')}&draft={changes.pk}"


def _lines_of(changes: PriceChangeSet, items: Sequence[PriceItem]) -> list[ItemLine]:
    """Of what is in force, the history's own lines: today's prices may be others again."""
    if changes.status != ChangeSetStatus.APPLIED:
        return item_lines(items[:SHOWN_LINES])
    rows = PriceChange.objects.filter(change_set=changes).select_related(
        "sku__product", "category", "tier", "agent"
    )
    return [history_line(row) for row in rows.order_by("pk")[:SHOWN_LINES]]


def history_line(row: PriceChange) -> ItemLine:
    kind = PriceKind(row.kind)
    if row.sku is not None:
        about = f"{row.sku.product.label} {row.sku.label}"
    elif row.kind in ("tier", "upline"):
        about = ""
    else:
        about = row.category.label if row.category else gettext("everything")
    return ItemLine(
        what=str(kind.label),
        who=row.agent.name if row.agent else (row.tier.label if row.tier else ""),
        about=about,
        before=shown_value(kind, row.old_value, row.old_from, row.old_until),
        after=shown_value(kind, row.new_value, row.new_from, row.new_until),
    )


@admin.register(PriceChange)
class PriceChangeAdmin(ReadOnly, ModelAdmin):
    """Every change of every price, as the database noted it."""

    list_display = ("at", "kind", "about", "who", "before", "after", "actor", "why")
    list_display_links = None
    list_filter = ("kind", "tier", "at")
    list_select_related = ("sku__product", "category", "tier", "agent", "actor", "change_set")
    search_fields = ("sku__code", "agent__name", "agent__user__username")
    show_full_result_count = False
    list_per_page = 50
    actions = ("export_csv", "export_excel")

    @admin.display(description=_("goods"))
    def about(self, row: PriceChange) -> str:
        return history_line(row).about

    @admin.display(description=_("of whom"))
    def who(self, row: PriceChange) -> str:
        return history_line(row).who or "—"

    @admin.display(description=_("before"))
    def before(self, row: PriceChange) -> str:
        return self._names(row).get(row.old_ref or 0) or history_line(row).before

    @admin.display(description=_("after"))
    def after(self, row: PriceChange) -> str:
        return self._names(row).get(row.new_ref or 0) or history_line(row).after

    @admin.display(description=_("reason"))
    def why(self, row: PriceChange) -> str:
        return row.change_set.reason if row.change_set else ""

    @staticmethod
    def _names(row: PriceChange) -> dict[int, str]:
        if row.kind == PriceKind.TIER:
            return {tier.pk: tier.label for tier in Tier.objects.all()}
        return {}

    @admin.action(description=_("Export as CSV"), permissions=["view"])
    def export_csv(self, request: HttpRequest, rows: Any) -> HttpResponseBase:
        return _history_file(rows, "csv")

    @admin.action(description=_("Export as Excel"), permissions=["view"])
    def export_excel(self, request: HttpRequest, rows: Any) -> HttpResponseBase:
        return _history_file(rows, "xlsx")


def _history_file(rows: Any, file_format: Any) -> HttpResponseBase:
    heading = [
        gettext("Time"),
        gettext("What"),
        gettext("Goods"),
        gettext("Of whom"),
        pgettext("price", "Before"),
        gettext("After"),
        pgettext("price change", "By"),
        gettext("Reason"),
    ]
    found = rows.select_related("sku__product", "category", "tier", "agent", "actor", "change_set")

    def cells() -> Any:
        for row in found:
            line = history_line(row)
            yield [
                row.at,
                line.what,
                line.about,
                line.who,
                line.before,
                line.after,
                str(row.actor or ""),
                row.change_set.reason if row.change_set else "",
            ]

    return table_file("price-history", heading, cells(), file_format=file_format)
