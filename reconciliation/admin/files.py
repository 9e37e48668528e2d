"""The files that came, and how each party's files are written."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from reconciliation.admin.days import RECONCILE
from reconciliation.forms import FindingForm, PartyForm
from reconciliation.models import Party, Statement
from reconciliation.services import ensure_parties, withdraw_statement
from users import audit
from users.backoffice import ReadOnly, ask, staff
from users.errors import PersonError


@admin.register(Statement)
class StatementAdmin(ReadOnly, ModelAdmin):
    list_display = (
        "file_name",
        "party",
        "first_day",
        "last_day",
        "line_count",
        "new_count",
        "bad_count",
        "uploaded_by",
        "created_at",
        "withdrawn_at",
    )
    list_filter = ("party", "first_day")
    list_select_related = ("party", "uploaded_by")
    search_fields = ("file_name", "sha256")
    fields = (*list_display, "sha256")
    readonly_fields = fields
    actions_detail = ("withdraw",)

    def has_withdraw_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        stands = Statement.objects.filter(pk=object_id, withdrawn_at__isnull=True).exists()
        may = request.user.has_perm(RECONCILE)
        return may and (stands or not request.path.endswith("/change/"))

    @action(description=_("Withdraw…"), url_path="withdraw", permissions=["withdraw"], icon="undo")
    def withdraw(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Take the file's lines out again, with the reason."""
        if not request.user.has_perm(RECONCILE):
            raise PermissionDenied
        statement = get_object_or_404(Statement.objects.select_related("party"), pk=object_id)
        back = reverse("admin:reconciliation_statement_change", args=[object_id])
        form = FindingForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                withdraw_statement(
                    statement=statement, actor=staff(request), reason=form.cleaned_data["reason"]
                )
            except PersonError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, gettext("The file is withdrawn."))
                return HttpResponseRedirect(back)
        return ask(
            request,
            site=self.admin_site,
            title=_("Withdraw %(file)s") % {"file": statement.file_name},
            explanation=_(
                "For a wrong file, or columns that were wrong. Its lines go and what differed by"
                " them is compared anew. No money moves. Lines that stood in another file too came"
                " in with this one: upload that other file again."
            ),
            form=form,
            button=_("Withdraw"),
            back=back,
        )


@admin.register(Party)
class PartyAdmin(ModelAdmin):
    """How each supplier's and gateway's files are written: columns, words, encoding."""

    form = PartyForm
    list_display = (
        "code",
        "kind",
        "our_ref_column",
        "their_ref_column",
        "amount_column",
        "encoding",
    )
    list_filter = ("kind",)
    fieldsets = (
        (
            _("Columns, as the file's header calls them"),
            {
                "description": _(
                    "Left all empty, they are told by usual names at the first upload and kept."
                ),
                "fields": (
                    ("our_ref_column", "their_ref_column"),
                    ("amount_column", "fee_column"),
                    ("at_column", "kind_column"),
                    ("balance_column", "refund_ref_column"),
                ),
            },
        ),
        (
            _("Words in the column “kind or status”, apart by commas"),
            {
                "fields": (
                    "charge_words",
                    "return_words",
                    "funding_words",
                    "fee_words",
                    "ignored_words",
                )
            },
        ),
        (_("The rest"), {"fields": (("negative_means", "encoding"),)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Party]:
        ensure_parties()
        parties: QuerySet[Party] = super().get_queryset(request)
        return parties

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # each supplier and gateway has one

    def has_delete_permission(self, request: HttpRequest, obj: Party | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Party | None = None) -> bool:
        return request.user.has_perm(RECONCILE)

    def save_model(self, request: HttpRequest, obj: Party, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        audit.record(
            actor=staff(request),
            action="statement.format",
            target=f"{obj.kind}:{obj.code}",
            changed=", ".join(form.changed_data),
        )
