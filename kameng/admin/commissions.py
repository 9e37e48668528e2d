"""Commission policies, and what they paid. Commissions change through services only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from kameng.admin.forms import OverrideForm, PolicyForm, PolicyParts, RateForm
from kameng.admin.settlements import statement_link, statement_urls
from kameng.admin.simulator import simulator_page
from kameng.commissions import MAX_GENERATIONS
from kameng.models import (
    Commission,
    CommissionPolicy,
    CommissionStatus,
    GenerationRate,
    PolicyOverride,
)
from kameng.price_words import percent
from ui.exports import table_file
from ui.formats import money
from users import audit
from users.backoffice import ReadOnly, staff

_GENERATIONS = {str(number) for number in range(1, MAX_GENERATIONS + 1)}
_TONES = {
    CommissionStatus.PENDING: "warning",
    CommissionStatus.SETTLED: "success",
    CommissionStatus.VOID: "danger",
}


def is_in_force(policy: CommissionPolicy | None) -> bool:
    """Orders use it, or used it: it can't be changed any more (the database refuses as well)."""
    return policy is not None and policy.effective_from <= timezone.now()


class _Kept(TabularInline):
    """A part of a policy: kept with it once it is in force."""

    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_in_force(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_in_force(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_in_force(obj) and super().has_delete_permission(request, obj)


class RateInline(_Kept):
    model = GenerationRate
    form = RateForm
    formset = PolicyParts
    max_num = MAX_GENERATIONS


class OverrideInline(_Kept):
    model = PolicyOverride
    form = OverrideForm
    formset = PolicyParts
    autocomplete_fields = ("category", "sku")


@admin.register(CommissionPolicy)
class CommissionPolicyAdmin(ModelAdmin):
    """Versions by date: make a new one to change the rules; the one in force is read-only."""

    form = PolicyForm
    list_display = (
        "effective_from",
        "in_force",
        "level_difference_share",
        "max_generations",
        "rates",
        "exceptions",
        "after_sale_hours",
        "note",
    )
    inlines = (RateInline, OverrideInline)
    actions_list = ("simulate",)
    actions_detail = ("simulate_this",)

    def get_queryset(self, request: HttpRequest) -> Any:
        policies = super().get_queryset(request).prefetch_related("generation_rates")
        return policies.annotate(exceptions_in=Count("overrides"))

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(simulator_page)
        return [path("simulator/", page, name="kameng_simulator"), *super().get_urls()]

    @action(description=_("Simulator"), url_path="open-simulator", icon="calculate")
    def simulate(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:kameng_simulator"))

    @action(description=_("Try it in the simulator"), url_path="simulate")
    def simulate_this(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('admin:kameng_simulator')}?policy={object_id}")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        audit.record(
            actor=staff(request),
            action="change_commission_policy" if change else "make_commission_policy",
            target=f"policy:{obj.pk}",
            reason=obj.note,
            effective_from=obj.effective_from.isoformat(),
            level_difference_share=str(obj.level_difference_share),
            generations=obj.max_generations,
        )

    def has_change_permission(
        self, request: HttpRequest, obj: CommissionPolicy | None = None
    ) -> bool:
        return not is_in_force(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: CommissionPolicy | None = None
    ) -> bool:
        return not is_in_force(obj) and super().has_delete_permission(request, obj)

    @admin.display(description=_("in force or past"), boolean=True)
    def in_force(self, policy: CommissionPolicy) -> bool:
        return is_in_force(policy)

    @admin.display(description=_("exceptions"))
    def exceptions(self, policy: Any) -> int:
        count: int = policy.exceptions_in
        return count

    @admin.display(description=_("rates by generation"))
    def rates(self, policy: CommissionPolicy) -> str:
        return " / ".join(percent(rate.rate) for rate in policy.generation_rates.all())


class GenerationFilter(admin.SimpleListFilter):
    """Those that there can be; Django would look through all commissions for those that are."""

    title = _("generation")
    parameter_name = "generation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(number), str(number)) for number in range(1, MAX_GENERATIONS + 1)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Commission]) -> Any:
        chosen = self.value()
        return queryset.filter(generation=int(chosen)) if chosen in _GENERATIONS else queryset


class RefundFilter(admin.SimpleListFilter):
    title = _("refunds")
    parameter_name = "back"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("some", _("something taken back")), ("owing", _("owed back"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "some":
                return queryset.filter(reversed_amount__gt=0)
            case "owing":
                return queryset.filter(clawed_back__gt=F("recovered"))
        return queryset


@admin.register(Commission)
class CommissionAdmin(ReadOnly, ModelAdmin):
    """Who earned what on which order, and what became of it."""

    list_display = (
        "created_at",
        "order_shown",
        "agent_shown",
        "generation",
        "amount_shown",
        "back_shown",
        "was_capped",
        "state",
        "due_at",
        "settled_at",
    )
    list_display_links = None
    list_filter = ("status", "was_capped", RefundFilter, GenerationFilter, "due_at", "created_at")
    list_select_related = ("order", "agent")
    search_fields = ("order__order_no", "agent__name", "agent__user__username")
    show_full_result_count = False
    actions = ("export_csv", "export_excel")

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        own = ("agent__id__exact", "settlement_reference__exact")
        return lookup in own or super().lookup_allowed(lookup, value, request)

    def get_urls(self) -> list[URLPattern]:
        return [*statement_urls(self.admin_site.admin_view), *super().get_urls()]

    @admin.display(description=_("order"), ordering="order")
    def order_shown(self, commission: Commission) -> str:
        return format_html(
            '<a class="text-primary-600" href="{}">{}</a>',
            reverse("admin:orders_order_change", args=[commission.order_id]),
            commission.order.order_no,
        )

    @admin.display(description=_("agent"))
    def agent_shown(self, commission: Commission) -> str:
        return statement_link(commission.agent)

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, commission: Commission) -> str:
        return money(commission.amount, 4)

    @admin.display(description=_("taken back"), ordering="reversed_amount")
    def back_shown(self, commission: Commission) -> str:
        return money(-commission.reversed_amount, 4) if commission.reversed_amount else "—"

    @display(description=_("status"), label=_TONES, ordering="status")
    def state(self, commission: Commission) -> tuple[str, str]:
        return commission.status, commission.get_status_display()

    @admin.action(description=_("Export as CSV"), permissions=["view"])
    def export_csv(self, request: HttpRequest, rows: Any) -> HttpResponseBase:
        return _file(rows, "csv")

    @admin.action(description=_("Export as Excel"), permissions=["view"])
    def export_excel(self, request: HttpRequest, rows: Any) -> HttpResponseBase:
        return _file(rows, "xlsx")


def _file(rows: Any, file_format: Any) -> HttpResponseBase:
    heading = [
        gettext("Earned"),
        gettext("Order"),
        gettext("Agent"),
        gettext("Generation"),
        gettext("Level difference"),
        gettext("Generation share"),
        gettext("Amount"),
        gettext("Taken back"),
        gettext("Status"),
        gettext("Paid out"),
        gettext("Settlement"),
    ]
    cells = (
        [
            row.created_at,
            row.order.order_no,
            row.agent.name,
            row.generation,
            row.level_difference,
            row.generation_share,
            row.amount,
            row.reversed_amount,
            str(row.get_status_display()),
            row.settled_at,
            row.settlement_reference,
        ]
        for row in rows.select_related("order", "agent").iterator(2000)
    )
    return table_file("commissions", heading, cells, file_format=file_format)
