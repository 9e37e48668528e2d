"""What differs: a list to work through, and one page with the evidence and what can be done."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from reconciliation.admin.days import RECONCILE
from reconciliation.books import books_of
from reconciliation.exports import differences_table
from reconciliation.forms import FindingForm, ResolveForm, ResolveManyForm
from reconciliation.models import (
    Difference,
    DifferenceState,
    Resolution,
    ResolutionKind,
    StatementLine,
)
from reconciliation.options import DECISIONS, is_reversible
from reconciliation.services import compare_again, options_of, resolve, take_back
from reconciliation.words import consequence, explanation, shown, side, who
from ui.exports import table_file
from ui.formats import money
from users.backoffice import ReadOnly, ask, staff
from users.errors import PersonError

MANY_AT_ONCE = 200
SHOWN_LINES = 50


@admin.register(Difference)
class DifferenceAdmin(ReadOnly, ModelAdmin):
    list_display = (
        "day",
        "party_name",
        "verdict",
        "about_shown",
        "they_say",
        "we_say",
        "difference",
        "state_now",
    )
    list_display_links = ("day", "verdict")
    list_filter = ("state", "verdict", "party", "day")
    list_select_related = ("party",)
    search_fields = ("subject",)
    date_hierarchy = "day"
    actions = ("settle_selected", "export_csv", "export_excel")

    @admin.display(description=_("party"), ordering="party__code")
    def party_name(self, row: Difference) -> str:
        return who(row.party)

    @admin.display(description=_("about"), ordering="subject")
    def about_shown(self, row: Difference) -> str:
        return row.about

    @admin.display(description=_("they say"), ordering="theirs")
    def they_say(self, row: Difference) -> str:
        return money(shown(row.theirs), 4)

    @admin.display(description=_("we say"), ordering="ours")
    def we_say(self, row: Difference) -> str:
        return money(shown(row.ours), 4)

    @admin.display(description=_("difference"), ordering=F("theirs") - F("ours"))
    def difference(self, row: Difference) -> str:
        return money(shown(row.amount), 4)

    @display(
        description=_("state"),
        ordering="state",
        label={"open": "danger", "settled": "success", "left": "warning"},
    )
    def state_now(self, row: Difference) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @admin.action(description=_("Export as CSV"), permissions=["view"])
    def export_csv(self, request: HttpRequest, rows: QuerySet[Difference]) -> HttpResponseBase:
        return table_file("differences", *differences_table(rows), file_format="csv")

    @admin.action(description=_("Export as Excel"), permissions=["view"])
    def export_excel(self, request: HttpRequest, rows: QuerySet[Difference]) -> HttpResponseBase:
        return table_file("differences", *differences_table(rows), file_format="xlsx")

    def has_reconcile_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm(RECONCILE)

    @admin.action(description=_("Settle in the same way…"), permissions=["reconcile"])
    def settle_selected(
        self, request: HttpRequest, rows: QuerySet[Difference]
    ) -> HttpResponse | None:
        """Ask once for the way and the reason of several differences."""
        chosen = rows.filter(state=DifferenceState.OPEN).values_list("pk", flat=True)
        keys = [str(key) for key in chosen[: MANY_AT_ONCE + 1]]
        if not keys or len(keys) > MANY_AT_ONCE:
            messages.error(request, gettext("Choose 1 to 200 open differences."))
            return None
        many = reverse("admin:reconciliation_resolve_many")
        return HttpResponseRedirect(f"{many}?ids={','.join(keys)}")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "<int:object_id>/resolve/<slug:kind>/",
                wrap(self.resolve_page),
                name="reconciliation_resolve",
            ),
            path("resolve-many/", wrap(self.resolve_many), name="reconciliation_resolve_many"),
            path(
                "take-back/<int:resolution_id>/",
                wrap(self.take_back_page),
                name="reconciliation_take_back",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Both sides with their evidence, what was done, and what can be done."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(Difference.objects.select_related("party"), pk=object_id)
        compare_again(party=row.party, subjects=[row.subject])
        found = Difference.objects.select_related("party").filter(pk=object_id).first()
        if found is None:
            messages.info(request, gettext("Both sides agree by now: there is nothing to settle."))
            return HttpResponseRedirect(reverse("admin:reconciliation_difference_changelist"))
        can_settle = request.user.has_perm(RECONCILE)
        lines = _lines_of(found)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": f"{found.get_verdict_display()} · {who(found.party)} · {found.day}",
            "row": found,
            "explanation": explanation(found),
            "side": side(found),
            "theirs": shown(found.theirs),
            "ours": shown(found.ours),
            "amount": shown(found.amount),
            "lines": [(line, shown(line.amount)) for line in lines[:SHOWN_LINES]],
            "line_count": lines.count(),
            "evidence": books_of(found.party).evidence(found.subject),
            "resolutions": [
                (done, shown(done.amount), done.reversed_at is None and is_reversible(_kind(done)))
                for done in found.resolutions.select_related("actor", "reversed_by", "entry")
            ],
            "options": [
                (kind, consequence(kind, found), kind not in DECISIONS)
                for kind in (options_of(found) if can_settle else [])
            ],
            "can_settle": can_settle,
        }
        return render(request, "admin/reconciliation/difference.html", context)

    def resolve_page(self, request: HttpRequest, object_id: int, kind: str) -> HttpResponse:
        """Say what will happen, ask why, and do it once."""
        if not request.user.has_perm(RECONCILE):
            raise PermissionDenied
        row = get_object_or_404(Difference.objects.select_related("party"), pk=object_id)
        back = reverse("admin:reconciliation_difference_change", args=[object_id])
        if kind not in ResolutionKind.values:
            return HttpResponseRedirect(back)
        chosen = ResolutionKind(kind)
        form = ResolveForm(
            request.POST or None,
            kind=chosen,
            initial={"request_ref": uuid4(), "seen": row.amount},
        )
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                resolve(
                    difference=row,
                    kind=chosen,
                    reason=said["reason"],
                    actor=staff(request),
                    request_ref=str(said["request_ref"]),
                    seen=said["seen"],
                    entry_reference=said.get("entry_reference", ""),
                )
            except PersonError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                messages.success(request, gettext("Done: %(what)s") % {"what": chosen.label})
                return HttpResponseRedirect(back)
        lasting = (
            gettext("It can't be taken back here.")
            if chosen in DECISIONS
            else gettext("It can be taken back.")
        )
        return ask(
            request,
            site=self.admin_site,
            title=chosen.label,
            explanation=f"{consequence(chosen, row)} {lasting}",
            form=form,
            button=chosen.label,
            back=back,
            notes=[f"{who(row.party)} · {row.day} · {row.about}", side(row)],
        )

    def resolve_many(self, request: HttpRequest) -> HttpResponse:
        """Settle several differences in one way; each is a resolution of its own."""
        if not request.user.has_perm(RECONCILE):
            raise PermissionDenied
        keys = [key for key in request.GET.get("ids", "").split(",") if key.isdigit()]
        rows = list(
            Difference.objects.select_related("party").filter(
                pk__in=keys[:MANY_AT_ONCE], state=DifferenceState.OPEN
            )
        )
        back = reverse("admin:reconciliation_difference_changelist")
        kinds = _common_options(rows)
        if not kinds:
            messages.error(
                request, gettext("These differences have no way in common: settle them one by one.")
            )
            return HttpResponseRedirect(back)
        form = ResolveManyForm(request.POST or None, kinds=kinds)
        if request.method == "POST" and form.is_valid():
            self._settle(request, rows, form.cleaned_data)
            return HttpResponseRedirect(back)
        total = sum((row.amount for row in rows), start=rows[0].amount * 0)
        return ask(
            request,
            site=self.admin_site,
            title=_("Settle several differences in the same way"),
            explanation=_(
                "Each is settled on its own, with this reason, and can be taken back on its own."
            ),
            form=form,
            button=_("Settle them"),
            back=back,
            notes=[
                ngettext("%(count)d difference", "%(count)d differences", len(rows))
                % {"count": len(rows)},
                gettext("Together: %(amount)s") % {"amount": money(shown(total), 4)},
                *[f"{row.day} · {row.get_verdict_display()} · {row.about}" for row in rows[:10]],
            ],
        )

    @staticmethod
    def _settle(request: HttpRequest, rows: list[Difference], said: dict[str, Any]) -> None:
        done = 0
        for row in rows:
            try:
                resolve(
                    difference=row,
                    kind=ResolutionKind(said["kind"]),
                    reason=said["reason"],
                    actor=staff(request),
                    request_ref=f"{said['request_ref'].hex[:20]}-{row.pk}",
                    seen=row.amount,
                )
            except PersonError as error:
                messages.error(request, f"{row.about}: {error}")
            else:
                done += 1
        messages.success(
            request,
            ngettext("%(count)d difference settled.", "%(count)d differences settled.", done)
            % {"count": done},
        )

    def take_back_page(self, request: HttpRequest, resolution_id: int) -> HttpResponse:
        if not request.user.has_perm(RECONCILE):
            raise PermissionDenied
        done = get_object_or_404(
            Resolution.objects.select_related("difference__party"), pk=resolution_id
        )
        back = reverse("admin:reconciliation_difference_change", args=[done.difference_id])
        form = FindingForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                take_back(resolution=done, reason=form.cleaned_data["reason"], actor=staff(request))
            except PersonError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                messages.success(request, gettext("Taken back: the difference is open again."))
                return HttpResponseRedirect(back)
        return ask(
            request,
            site=self.admin_site,
            title=_("Take “%(what)s” back") % {"what": done.get_kind_display()},
            explanation=_(
                "What it booked is reversed by an entry of its own, and the difference is open"
                " again. Nothing else moves."
            ),
            form=form,
            button=_("Take it back"),
            back=back,
            notes=[f"{who(done.difference.party)} · {done.difference.about}", done.reason],
        )


def _kind(done: Resolution) -> ResolutionKind:
    return ResolutionKind(done.kind)


def _lines_of(row: Difference) -> QuerySet[StatementLine]:
    """The lines of a difference; of a day's fees those that carry one."""
    lines = StatementLine.objects.filter(party=row.party).select_related("statement")
    if row.subject.startswith("fee:"):
        return lines.filter(day=row.day).exclude(fee=0, role__in=["charge", "return", "funding"])
    return lines.filter(subject=row.subject)


def _common_options(rows: list[Difference]) -> list[ResolutionKind]:
    """What can be done about every one of these and taken back again."""
    common: list[ResolutionKind] | None = None
    for row in rows:
        possible: list[ResolutionKind] = [
            kind
            for kind in options_of(row)
            if is_reversible(kind) and kind != ResolutionKind.BOOKED
        ]
        common = possible if common is None else [kind for kind in common if kind in possible]
    return common or []
