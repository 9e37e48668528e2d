"""Every party's days: how much agrees, what is open, both balances; and the upload of a file."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from reconciliation.errors import StatementRefused
from reconciliation.exports import days_table
from reconciliation.forms import UploadForm
from reconciliation.models import Difference, Party, Statement, StatementDay
from reconciliation.reading import MAX_BYTES
from reconciliation.services import ImportReport, ensure_parties, import_statement
from reconciliation.words import shown, who
from ui.exports import table_file
from ui.formats import money
from users.backoffice import ReadOnly, ask, staff

RECONCILE = "reconciliation.reconcile"
SHOWN_NOTES = 20
SHOWN_DIFFERENCES = 200


@admin.register(StatementDay)
class StatementDayAdmin(ReadOnly, ModelAdmin):
    """One row a day and party: agreed, settled, open, and whether the balances agree."""

    list_display = (
        "day",
        "party_name",
        "line_count",
        "line_sum",
        "agreed_count",
        "settled_count",
        "open_now",
        "their_balance",
        "our_balance_shown",
        "unexplained_shown",
    )
    list_display_links = ("day",)
    list_filter = ("party", "day")
    list_select_related = ("party",)
    date_hierarchy = "day"
    actions = ("export_csv", "export_excel")
    actions_list = ("upload",)

    @admin.display(description=_("party"), ordering="party__code")
    def party_name(self, row: StatementDay) -> str:
        return who(row.party)

    @admin.display(description=_("sum"), ordering="line_total")
    def line_sum(self, row: StatementDay) -> str:
        return money(shown(row.line_total))

    @display(
        description=pgettext_lazy("difference", "open"),
        ordering="open_count",
        label={"open": "danger", "done": "success"},
    )
    def open_now(self, row: StatementDay) -> tuple[str, str]:
        return ("open", str(row.open_count)) if row.open_count else ("done", "0")

    @admin.display(description=_("their balance"), ordering="stated_balance")
    def their_balance(self, row: StatementDay) -> str:
        return money(row.stated_balance)

    @admin.display(description=_("our balance"), ordering="our_balance")
    def our_balance_shown(self, row: StatementDay) -> str:
        return money(row.our_balance)

    @admin.display(description=_("unexplained"))
    def unexplained_shown(self, row: StatementDay) -> str:
        return money(row.unexplained)

    @admin.action(description=_("Export as CSV"), permissions=["view"])
    def export_csv(self, request: HttpRequest, days: QuerySet[StatementDay]) -> HttpResponseBase:
        return table_file("agreements", *days_table(days), file_format="csv")

    @admin.action(description=_("Export as Excel"), permissions=["view"])
    def export_excel(self, request: HttpRequest, days: QuerySet[StatementDay]) -> HttpResponseBase:
        return table_file("agreements", *days_table(days), file_format="xlsx")

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.upload_page)
        return [path("upload/", page, name="reconciliation_upload"), *super().get_urls()]

    @action(description=_("Upload a statement…"), url_path="upload-statement", icon="upload_file")
    def upload(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:reconciliation_upload"))

    def upload_page(self, request: HttpRequest) -> HttpResponse:
        """Take a file of a day, or say what is wrong with it, line by line."""
        if not request.user.has_perm(RECONCILE):
            raise PermissionDenied
        ensure_parties()
        form = UploadForm(
            request.POST or None,
            request.FILES or None,
            initial={"party": request.GET.get("party"), "first_day": request.GET.get("day")}
            if request.GET
            else None,
        )
        notes: list[str | SafeString] = _formats_of_parties()
        if request.method == "POST" and form.is_valid():
            try:
                report = _import(request, form.cleaned_data)
            except StatementRefused as refused:
                form.add_error(refused.field, str(refused))
                notes = [*_lines(refused), *notes]
            else:
                _tell(request, report, form.cleaned_data["party"])
                return _to_days(form.cleaned_data["party"])
        return ask(
            request,
            site=self.admin_site,
            title=_("Upload a statement"),
            explanation=_(
                "A file of what a supplier or gateway says happened on a day. It is compared with"
                " our books; what differs is listed for you to settle. No money moves. The same"
                " file again, or one that overlaps, changes nothing that is there already."
            ),
            form=form,
            button=_("Upload and compare"),
            back=reverse("admin:reconciliation_statementday_changelist"),
            notes=notes,
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One day: both balances with what explains their difference, and what differs."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        day = get_object_or_404(StatementDay.objects.select_related("party"), pk=object_id)
        differences = Difference.objects.filter(party=day.party, day=day.day).order_by(
            "state", "verdict", "id"
        )
        files = Statement.objects.filter(
            party=day.party, first_day__lte=day.day, last_day__gte=day.day
        ).select_related("uploaded_by")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": f"{who(day.party)} · {day.day}",
            "day": day,
            "line_sum": shown(day.line_total),
            "differences": [
                (row, shown(row.theirs), shown(row.ours), shown(row.amount))
                for row in differences[:SHOWN_DIFFERENCES]
            ],
            "difference_count": differences.count(),
            "files": files,
            "can_upload": request.user.has_perm(RECONCILE),
        }
        return render(request, "admin/reconciliation/day.html", context)


def _import(request: HttpRequest, said: dict[str, Any]) -> ImportReport:
    upload = said["file"]
    if upload.size > MAX_BYTES:
        raise StatementRefused(gettext("This file is larger than 20 MB: split it."))
    return import_statement(
        party=said["party"],
        content=upload.read(),
        file_name=upload.name,
        first_day=said["first_day"],
        last_day=said["last_day"],
        closing_balance=said["closing_balance"],
        skip_bad=said["skip_bad"],
        actor=staff(request),
    )


def _lines(refused: StatementRefused) -> list[str | SafeString]:
    lines: list[str | SafeString] = [
        gettext("line %(line)d: %(text)s") % {"line": note.line, "text": note.text}
        for note in refused.notes[:SHOWN_NOTES]
    ]
    if refused.bad_count > SHOWN_NOTES:
        lines.append(gettext("and %(count)d more") % {"count": refused.bad_count - SHOWN_NOTES})
    return lines


def _formats_of_parties() -> list[str | SafeString]:
    """Where to say how a party's files are written."""
    link = reverse("admin:reconciliation_party_changelist")
    return [
        format_html(
            '<a class="text-primary-600 underline" href="{}">{}</a>',
            link,
            gettext("Which column is what, and in which encoding: statement formats"),
        )
    ]


def _tell(request: HttpRequest, report: ImportReport, party: Party) -> None:
    if report.statement is None:
        messages.info(
            request,
            gettext("Nothing new: everything in this file is here already. %(count)d open.")
            % {"count": report.open_count},
        )
        return
    messages.success(
        request,
        ngettext(
            "%(count)d new line compared. Open differences of these days: %(open)d.",
            "%(count)d new lines compared. Open differences of these days: %(open)d.",
            report.new_count,
        )
        % {"count": report.new_count, "open": report.open_count},
    )
    if report.bad_count:
        left = StatementRefused("", notes=report.bad, bad_count=report.bad_count)
        messages.warning(
            request,
            gettext("Left out as bad: %(lines)s")
            % {"lines": "; ".join(str(line) for line in _lines(left))},
        )


def _to_days(party: Party) -> HttpResponse:
    days = reverse("admin:reconciliation_statementday_changelist")
    return HttpResponseRedirect(f"{days}?party__id__exact={party.pk}")
