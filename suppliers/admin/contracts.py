"""Contracts behind official goods: what covers what, until when."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from catalog.authorisation import end_contract
from catalog.models import SupplierContract
from suppliers.desk import ENDS_SOON
from suppliers.models import Supplier
from users import audit
from users.backoffice import Question, ReasonForm, decide, staff


class ContractForm(forms.ModelForm):
    supplier_code = forms.ChoiceField(
        label=_("supplier"),
        widget=UnfoldAdminSelectWidget,
        help_text=_("Through whom we buy these goods."),
    )

    class Meta:
        model = SupplierContract
        exclude = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["supplier_code"]
        assert isinstance(field, forms.ChoiceField)
        suppliers = Supplier.objects.filter(is_sandbox=False)
        field.choices = [("", "—"), *((one.code, str(one)) for one in suppliers)]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if cleaned and not cleaned.get("products") and not cleaned.get("skus"):
            raise forms.ValidationError(
                {"products": _("Name the products or SKUs that the contract covers.")}
            )
        return cleaned


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[SupplierContract]
    ) -> list[tuple[str, Any]]:
        return [
            ("valid", _("valid today")),
            ("soon", _("ends within 30 days")),
            ("later", _("begins later")),
            ("over", _("over")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[SupplierContract]
    ) -> QuerySet[SupplierContract]:
        today = timezone.localdate()
        valid = Q(valid_from__lte=today, valid_until__gte=today, ended_at=None)
        match self.value():
            case "valid":
                return queryset.filter(valid)
            case "soon":
                return queryset.filter(valid, valid_until__lte=today + ENDS_SOON)
            case "later":
                return queryset.filter(valid_from__gt=today, ended_at=None)
            case "over":
                return queryset.exclude(ended_at=None, valid_until__gte=today)
        return queryset


@admin.register(SupplierContract)
class SupplierContractAdmin(ModelAdmin):
    """Official goods are on the shelf while one of these covers them. Buyers see all of it."""

    form = ContractForm
    list_display = (
        "number",
        "party",
        "supplier_code",
        "valid_from",
        "valid_until",
        "state",
        "covers",
    )
    list_filter = (StateFilter,)
    search_fields = ("number", "party", "party_en", "products__search_key", "skus__code")
    autocomplete_fields = ("products", "skus")
    readonly_fields = ("ended_at", "ended_why")
    ordering = ("valid_until", "pk")
    actions_detail = ("end",)
    fieldsets = (
        (None, {"fields": ("supplier_code", ("party", "party_en"), "number")}),
        (_("Validity"), {"fields": (("valid_from", "valid_until"), ("ended_at", "ended_why"))}),
        (_("Covered goods"), {"fields": ("scope", "scope_en", "products", "skus")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupplierContract]:
        contracts: QuerySet[SupplierContract] = super().get_queryset(request)
        return contracts.annotate(
            products_in=Count("products", distinct=True), skus_in=Count("skus", distinct=True)
        )

    def has_delete_permission(
        self, request: HttpRequest, obj: SupplierContract | None = None
    ) -> bool:
        return False  # what buyers were shown stays on record: end it instead

    @display(
        description=_("state"),
        label={"valid": "success", "soon": "warning", "later": "info", "over": "danger"},
    )
    def state(self, contract: SupplierContract) -> tuple[str, str]:
        today = timezone.localdate()
        if contract.ended_at is not None:
            return "over", str(_("ended early"))
        if contract.valid_until < today:
            return "over", str(_("over"))
        if contract.valid_from > today:
            return "later", str(_("begins later"))
        if contract.valid_until <= today + ENDS_SOON:
            days = contract.days_left
            return "soon", ngettext("%(days)d day left", "%(days)d days left", days) % {
                "days": days
            }
        return "valid", str(_("valid today"))

    @admin.display(description=_("covers"))
    def covers(self, contract: SupplierContract) -> str:
        return _("%(products)d products, %(skus)d SKUs") % {
            "products": getattr(contract, "products_in", 0),
            "skus": getattr(contract, "skus_in", 0),
        }

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Audited when everything of it is stored: what buyers may be sold hangs on it."""
        super().save_related(request, form, formsets, change)
        contract: SupplierContract = form.instance
        if form.changed_data or not change:
            audit.record(
                actor=staff(request),
                action="contract.change" if change else "contract.enter",
                target=f"contract:{contract.number}",
                party=contract.party,
                valid=f"{contract.valid_from} – {contract.valid_until}",
                products=", ".join(contract.products.values_list("code", flat=True)),
                skus=", ".join(contract.skus.values_list("code", flat=True)),
            )

    def has_end_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        is_running = SupplierContract.objects.filter(
            pk=object_id, ended_at=None, valid_until__gte=timezone.localdate()
        ).exists()
        return is_running and self.has_change_permission(request)

    @action(description=_("End now"), url_path="end", permissions=["end"])
    def end(self, request: HttpRequest, object_id: int) -> HttpResponse:
        contract = get_object_or_404(SupplierContract, pk=object_id)
        question = Question(
            title=_("End the contract %(number)s") % {"number": contract.number},
            explanation=_(
                "Official goods that no other contract covers leave the shelf at once, in both"
                " storefronts. Orders that are paid are still delivered."
            ),
            form=ReasonForm(request.POST or None),
            button=_("End now"),
            verb=partial(end_contract, contract=contract, actor=staff(request)),
            done=_("The contract has ended."),
            back=reverse("admin:catalog_suppliercontract_change", args=[object_id]),
        )
        return decide(request, self.admin_site, question)
