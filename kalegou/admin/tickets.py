"""The queue of questions, sorted by the promise of an answer; canned answers; ratings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from kalegou.models import CannedAnswer, Ticket, TicketStatus
from kalegou.queries.first_answers import first_answers_of_days
from kalegou.queries.tickets import conversation
from kalegou.quick_answers import quick_answers
from kalegou.service_promises import FIRST_ANSWER_WITHIN
from kalegou.services.ticketing import MAX_TEXT, answer_ticket, close_ticket, hand_over
from orders.staff_page import summary_of
from users.backoffice import ReadOnly, ask, staff
from users.errors import PersonError
from users.models import User

_TONES = {
    TicketStatus.WAITING: "warning",
    TicketStatus.ANSWERED: "success",
    TicketStatus.CLOSED: "default",
}


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=_("Answer"),
        max_length=MAX_TEXT,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        help_text=_("The buyer reads exactly this."),
    )
    closes = forms.BooleanField(
        label=_("and close the conversation"), required=False, widget=UnfoldBooleanWidget
    )


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(
        label=_("To"),
        queryset=User.objects.filter(is_staff=True, is_active=True).order_by("username"),
        required=False,
        empty_label=_("back to everybody"),
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=UnfoldAdminTextInputWidget)


class WaitingFilter(admin.SimpleListFilter):
    """The list opens on those who wait."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*TicketStatus.choices, ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        for value, label in self.lookup_choices:
            yield {
                "selected": (self.value() or TicketStatus.WAITING) == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        chosen = self.value() or TicketStatus.WAITING
        return queryset if chosen == "all" else queryset.filter(status=chosen)


class KindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("question", _("questions")), ("claim", _("claims"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        if self.value() in ("question", "claim"):
            return queryset.filter(claim__isnull=self.value() == "question")
        return queryset


@admin.register(Ticket)
class TicketAdmin(ReadOnly, ModelAdmin):
    list_display = (
        "ticket_no",
        "topic",
        "buyer",
        "order",
        "state",
        "answer_due",
        "assignee",
        "rating",
    )
    list_filter = (WaitingFilter, KindFilter, "topic", "rating", "assignee", "created_at")
    list_select_related = ("user", "order", "assignee", "claim")
    search_fields = ("ticket_no", "order__order_no", "user__username", "user__phone")
    show_full_result_count = False
    ordering = (F("waiting_since").asc(nulls_last=True), "-id")
    list_per_page = 50
    change_form_before_template = "admin/kalegou/ticket.html"
    change_list_template = "admin/kalegou/tickets.html"
    actions_detail = ("answer", "take", "hand", "close")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything is in the template."""
        return ()

    @display(description=_("status"), label=_TONES, ordering="status")
    def state(self, ticket: Ticket) -> tuple[str, str]:
        return ticket.status, ticket.get_status_display()

    @admin.display(description=_("buyer"))
    def buyer(self, ticket: Ticket) -> str:
        return str(ticket.user or _("a guest"))

    @admin.display(description=_("answer due"), ordering="waiting_since")
    def answer_due(self, ticket: Ticket) -> str:
        if ticket.waiting_since is None:
            return "—"
        due = ticket.waiting_since + FIRST_ANSWER_WITHIN
        if due < timezone.now():
            return str(_("⚠ late by %(time)s") % {"time": timesince(due, depth=1)})
        return str(_("within %(time)s") % {"time": timeuntil(due, depth=1)})

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With what was promised and what is measured above the list."""
        context = {
            "measured": [(days, first_answers_of_days(days)) for days in (1, 30)],
            "promise_minutes": int(FIRST_ANSWER_WITHIN.total_seconds() // 60),
            **(extra_context or {}),
        }
        page: HttpResponse = super().changelist_view(request, context)
        return page

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """With the conversation, and what the order's own facts say."""
        tickets = Ticket.objects.select_related("user", "order__sku__product", "order__buyer")
        ticket = tickets.filter(pk=object_id).first()
        if ticket is not None and hasattr(ticket, "claim"):
            return HttpResponseRedirect(
                reverse("admin:kalegou_claim_change", args=[ticket.claim.pk])
            )
        context = {**(extra_context or {})}
        if ticket is not None:
            order = ticket.order
            context |= {
                "ticket": ticket,
                "said": conversation(ticket),
                "summary": summary_of(order) if order else None,
                "facts": quick_answers(order, can_claim=False) if order else [],
                "canned": CannedAnswer.objects.filter(topic__in=["", ticket.topic]),
            }
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @action(description=_("Answer…"), url_path="answer")
    def answer(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """In our own words or from a canned answer, which may be changed before it is sent."""
        ticket = self._ticket(request, object_id)
        canned = CannedAnswer.objects.filter(topic__in=["", ticket.topic])
        chosen = request.GET.get("canned", "")
        text = canned.filter(pk=chosen).first() if chosen.isdecimal() else None
        form = AnswerForm(request.POST or None, initial={"text": text.text if text else ""})
        if request.method == "POST" and form.is_valid():
            try:
                answer_ticket(
                    ticket=ticket,
                    text=form.cleaned_data["text"],
                    closes=form.cleaned_data["closes"],
                    actor=staff(request),
                )
            except PersonError as error:
                form.add_error("text", str(error))
            else:
                messages.success(request, _("Sent, and the buyer is told."))
                return HttpResponseRedirect(reverse("admin:kalegou_ticket_changelist"))
        last = ticket.messages.filter(is_staff=False).last()
        return ask(
            request,
            site=self.admin_site,
            title=_("Answer %(number)s") % {"number": ticket.ticket_no},
            explanation=f"“{last.text[:500]}”" if last else "",
            form=form,
            button=_("Send the answer"),
            back=self._back(ticket),
        )

    @action(description=_("I take it"), url_path="take")
    def take(self, request: HttpRequest, object_id: int) -> HttpResponse:
        ticket = self._ticket(request, object_id)
        hand_over(ticket=ticket, to=staff(request), actor=staff(request))
        messages.success(request, _("It is yours: others see your name at it."))
        return HttpResponseRedirect(self._back(ticket))

    @action(description=_("Hand over…"), url_path="hand-over")
    def hand(self, request: HttpRequest, object_id: int) -> HttpResponse:
        ticket = self._ticket(request, object_id)
        form = HandOverForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            hand_over(
                ticket=ticket,
                to=form.cleaned_data["to"],
                actor=staff(request),
                reason=form.cleaned_data["reason"],
            )
            messages.success(request, _("Handed over."))
            return HttpResponseRedirect(self._back(ticket))
        return ask(
            request,
            site=self.admin_site,
            title=_("Hand %(number)s over") % {"number": ticket.ticket_no},
            explanation=_("The buyer's clock goes on: the promise holds whoever answers."),
            form=form,
            button=_("Hand over"),
            back=self._back(ticket),
        )

    @action(description=_("Close"), url_path="close")
    def close(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Without an answer: such as thanks. Asked first, since the buyer can't write on."""
        ticket = self._ticket(request, object_id)
        form = forms.Form(request.POST or None)
        if request.method == "POST":
            close_ticket(ticket=ticket, actor=staff(request), is_staff=True)
            messages.success(request, _("Closed."))
            return HttpResponseRedirect(self._back(ticket))
        return ask(
            request,
            site=self.admin_site,
            title=_("Close %(number)s") % {"number": ticket.ticket_no},
            explanation=_("The buyer can't write into it any more, and can begin a new one."),
            form=form,
            button=_("Close"),
            back=self._back(ticket),
        )

    def _ticket(self, request: HttpRequest, object_id: int) -> Ticket:
        if not request.user.has_perm("kalegou.change_ticket"):
            raise PermissionDenied
        return get_object_or_404(Ticket, pk=object_id)

    @staticmethod
    def _back(ticket: Ticket) -> str:
        return reverse("admin:kalegou_ticket_change", args=[ticket.pk])


@admin.register(CannedAnswer)
class CannedAnswerAdmin(ModelAdmin):
    """Texts that staff begin an answer with."""

    list_display = ("title", "topic", "position")
    list_filter = ("topic",)
    search_fields = ("title", "text")
