"""Staff's view of suppliers: who delivers, whether orders go there, and how to reach it."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from suppliers.admin.card_imports import import_cards
from suppliers.connection import circuit_words, try_connection
from suppliers.forms import ProtocolForm, protocol_name
from suppliers.models import STOCK_ADAPTER, Supplier
from suppliers.services import change_secrets, close_supplier, open_supplier
from suppliers.supplier_form import field_names, form_for
from suppliers.uploads import uploads_in_memory
from ui.formats import money
from users import audit
from users.backoffice import ReasonForm, ask, staff

SHOWN_NOTES = 20


@admin.register(Supplier)
class SupplierAdmin(ModelAdmin):
    """Secrets go in and never out."""

    list_display = ("code", "name", "protocol", "is_open", "closed_reason", "offer_count")
    list_filter = ("is_open", "is_sandbox", "adapter")
    search_fields = ("code", "name")
    readonly_fields = ("protocol", "is_open", "closed_reason", "circuit", "created_at")
    actions_detail = ("test_connection", "close", "open", "health")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Supplier]:
        suppliers: QuerySet[Supplier] = super().get_queryset(request)
        return suppliers.annotate(offers_in=Count("offers"))

    def get_readonly_fields(
        self, request: HttpRequest, obj: Supplier | None = None
    ) -> tuple[str, ...]:
        """The code is in addresses, in the books, and in what the secrets are sealed to.

        A sandbox supplier with orders can't become a real one, nor the other way round.
        """
        always = self.readonly_fields
        return ("code", "is_sandbox", *always) if obj else always

    def has_delete_permission(self, request: HttpRequest, obj: Supplier | None = None) -> bool:
        return False  # its orders and books stay: close it instead

    def get_form(
        self, request: HttpRequest, obj: Supplier | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form of the supplier's protocol; a new one's is in the address of the page."""
        return super().get_form(
            request, obj, change, form=form_for(self._protocol(request, obj)), **kwargs
        )

    def get_fieldsets(self, request: HttpRequest, obj: Supplier | None = None) -> Any:
        protocol = self._protocol(request, obj)
        about = ("code", "name", "protocol", ("is_open", "closed_reason"), "is_sandbox")
        if protocol == STOCK_ADAPTER:
            return ((None, {"fields": about}),)
        options, secrets = field_names(protocol, obj)
        limits = (
            ("calls_per_second", "calls_at_once"),
            ("breaker_after", "breaker_open_seconds"),
            *(("circuit",) if obj else ()),
        )
        patience = (
            ("connect_timeout_seconds", "read_timeout_seconds"),
            ("settling_seconds", "manual_after_seconds", "slow_manual_after_seconds"),
        )
        return (
            (None, {"fields": about}),
            (_("Connection"), {"fields": ("base_url", *options)}),
            (
                _("Secrets"),
                {
                    "fields": secrets,
                    "description": _("They are sealed when they are saved, and never shown again."),
                },
            ),
            (_("Limits"), {"fields": limits}),
            (_("Patience"), {"fields": patience}),
        )

    @staticmethod
    def _protocol(request: HttpRequest, obj: Supplier | None) -> str:
        return obj.adapter if obj else request.GET["adapter"]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Which protocol comes first: the rest of the form depends on it."""
        if request.GET.get("adapter") in settings.SUPPLIER_ADAPTERS:
            page: HttpResponse = super().add_view(request, form_url, extra_context)
            return page
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ProtocolForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            query = urlencode({"adapter": form.cleaned_data["adapter"]})
            return HttpResponseRedirect(f"{reverse('admin:suppliers_supplier_add')}?{query}")
        return ask(
            request,
            site=self.admin_site,
            title=_("Add a supplier"),
            explanation=_(
                "First the protocol that the supplier speaks. It can't be changed later: a supplier"
                " that changes its protocol becomes a new one."
            ),
            form=form,
            button=_("Go on"),
            back=reverse("admin:suppliers_supplier_changelist"),
        )

    def save_model(self, request: HttpRequest, obj: Supplier, form: Any, change: bool) -> None:
        """Supplier, options and secrets in one transaction: the admin's own."""
        before = dict(obj.options)
        obj.adapter, obj.options = form.protocol, form.options_said()
        super().save_model(request, obj, form, change)
        if before != obj.options:
            audit.record(
                actor=staff(request),
                action="supplier.options",
                target=f"supplier:{obj.code}",
                **{name: obj.options.get(name, "") for name in {**before, **obj.options}},
            )
        if secrets := form.secrets_said():
            change_secrets(supplier=obj, changes=secrets, actor=staff(request))

    @admin.display(description=_("protocol"), ordering="adapter")
    def protocol(self, supplier: Supplier) -> str:
        return (
            str(protocol_name(supplier.adapter)) if supplier.adapter else self.empty_value_display
        )

    @admin.display(description=_("circuit breaker"))
    def circuit(self, supplier: Supplier) -> str:
        return circuit_words(supplier)

    def has_test_connection_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        is_network = Supplier.objects.watched().filter(pk=object_id).exists()
        return is_network and self.has_change_permission(request)

    @action(
        description=_("Test connection"),
        url_path="test-connection",
        permissions=["test_connection"],
    )
    def test_connection(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask for the balance and say what came, or what exactly is in the way."""
        supplier = get_object_or_404(Supplier, pk=object_id)
        report = try_connection(supplier)
        if report.problem:
            messages.error(request, report.problem)
            if report.words:
                messages.warning(
                    request, _("In the supplier's words: %(words)s") % {"words": report.words}
                )
        else:
            messages.success(
                request,
                _("Connected: the balance is %(balance)s. The answer took %(ms)d ms.")
                % {"balance": money(report.balance), "ms": report.took_ms},
            )
        return HttpResponseRedirect(reverse("admin:suppliers_supplier_change", args=[object_id]))

    def has_health_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        """Our own stock has no health: it is rows of our database."""
        is_network = Supplier.objects.watched().filter(pk=object_id).exists()
        return is_network and self.has_view_permission(request)

    @action(description=_("Health"), url_path="health", permissions=["health"])
    def health(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return HttpResponseRedirect(
            reverse("admin:suppliers_supplierhealth_change", args=[object_id])
        )

    @admin.display(description=_("offers"), ordering="offers_in")
    def offer_count(self, supplier: Supplier) -> int:
        count: int = getattr(supplier, "offers_in", 0)
        return count

    def has_close_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        is_open = Supplier.objects.filter(pk=object_id, is_open=True).exists()
        return is_open and self.has_change_permission(request)

    def has_open_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        is_closed = Supplier.objects.filter(pk=object_id, is_open=False).exists()
        return is_closed and self.has_change_permission(request)

    @action(description=_("Close…"), url_path="close", permissions=["close"])
    def close(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._ask_why(
            request,
            object_id,
            title=_("Close %(supplier)s"),
            explanation=_(
                "No new order goes to this supplier; the next offer is used, or buyers see “sold"
                " out”. What was sent already is followed up as before. No money moves."
            ),
            verb=close_supplier,
            done=_("The supplier is closed."),
        )

    @action(description=_("Open…"), url_path="open", permissions=["open"])
    def open(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._ask_why(
            request,
            object_id,
            title=_("Open %(supplier)s"),
            explanation=_(
                "New orders go to this supplier again, in the order of its offers. An automatic"
                " pause ends too."
            ),
            verb=open_supplier,
            done=_("The supplier is open."),
        )

    def _ask_why(
        self,
        request: HttpRequest,
        object_id: int,
        *,
        title: Any,
        explanation: Any,
        verb: Any,
        done: Any,
    ) -> HttpResponse:
        supplier = get_object_or_404(Supplier, pk=object_id)
        back = reverse("admin:suppliers_supplier_change", args=[object_id])
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            verb(supplier=supplier, actor=staff(request), reason=form.cleaned_data["reason"])
            messages.success(request, done)
            return HttpResponseRedirect(back)
        return ask(
            request,
            site=self.admin_site,
            title=title % {"supplier": supplier},
            explanation=explanation,
            form=form,
            button=title % {"supplier": supplier.code},
            back=back,
        )

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(
            uploads_in_memory(partial(import_cards, site=self.admin_site))
        )
        return [
            path("import-cards/<int:sku_id>/", page, name="suppliers_import_cards"),
            *super().get_urls(),
        ]
