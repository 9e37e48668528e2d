"""Monthly top-ups: looked at, agreed to in two presses, paused, gone on with, stopped."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kalegou.models import Member, PlanStatus, SavedNumber, TopupPlan, TopupPlanRun
from kalegou.plan_days import first_month, month_after, run_at
from kalegou.plan_form import PlanForm, new_ref, usual_limit
from kalegou.pricing import rate_of, retail_price
from kalegou.recent_numbers import recent_numbers
from kalegou.services.plans import (
    check_wish,
    consent_text,
    make_plan,
    pause_plan,
    resume_plan,
    stop_plan,
)
from kalegou.topups import Typed, plan_amounts
from kalegou.visitors import Visitor, visitor_of
from ledger import services as ledger
from ui.exports import Cell, as_format, table_file
from users.errors import PersonError

PAGE_SIZE = 20
COMING_SHOWN = 3


@login_required
@require_safe
@never_cache
def plans(request: HttpRequest) -> HttpResponseBase:
    """A member's monthly top-ups, by status, and as a file."""
    member = _member(visitor_of(request))
    status = request.GET.get("status", "")
    found = TopupPlan.objects.filter(member=member).select_related("sku__product")
    if status in PlanStatus.values:
        found = found.filter(status=status)
    if file_format := as_format(request.GET.get("format")):
        rows = ([str(cell) for cell in _plan_cells(one)] for one in found)
        return table_file("monthly-topups", _plan_heading(), rows, file_format=file_format)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    names = dict(
        SavedNumber.objects.filter(
            member=member, phone__in=[one.phone for one in page]
        ).values_list("phone", "label")
    )
    context = {
        "page_obj": page,
        "rows": [(one, names.get(one.phone, "")) for one in page],
        "status": status if status in PlanStatus.values else "",
        "statuses": PlanStatus.choices,
    }
    return render(request, "kalegou/plans.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new_plan(request: HttpRequest) -> HttpResponse:
    """First press: what would happen, and when. Second press: agree to it. Moves no money."""
    visitor = visitor_of(request)
    member = _member(visitor)
    data = request.POST if request.method == "POST" else request.GET
    form = _form(request, visitor, data)
    if request.method != "POST" or "change" in request.POST:
        return _form_page(request, form)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    wish, price = form.wish, form.amount.price
    try:
        if "agree" not in request.POST:
            check_wish(member, wish, price=price)
            return _confirm_page(request, member, form)
        if not request.POST.get("consent"):
            return _confirm_page(request, member, form, is_unticked=True)
        plan = make_plan(
            member=member,
            ref=form.cleaned_data["ref"],
            wish=wish,
            price=price,
            consent=request.POST.get("text", ""),
            language=get_language() or "",
        )
    except PersonError as refusal:
        field = refusal.field if refusal.field in form.fields else None
        form.add_error(field, str(refusal))
        return _form_page(request, form, status=refusal.status)
    messages.success(request, _("Agreed. Nothing is charged before its day, and you're reminded."))
    return redirect("kalegou:plan", plan.pk)


def _form(request: HttpRequest, visitor: Visitor, data: Mapping[str, str]) -> PlanForm:
    typed = Typed.read(data)
    carriers, amounts = plan_amounts(typed, visitor, recent_numbers(request, visitor))
    if request.method == "POST":
        return PlanForm(request.POST, amounts=amounts, carriers=carriers)
    chosen = next((one for one in amounts if one.sku.code == typed.sku), None)
    usual = chosen or next((one for one in amounts if one.sku.face_value == 100), None)
    day = timezone.localdate().day
    initial = {
        "phone": typed.phone,
        "carrier": typed.carrier,
        "sku": usual.sku.code if usual else "",
        "day": day,
        "max_price": usual_limit(usual) if usual else None,
        "ref": new_ref(),
    }
    return PlanForm(initial=initial, amounts=amounts, carriers=carriers)


def _form_page(request: HttpRequest, form: PlanForm, *, status: int = 200) -> HttpResponse:
    return render(request, "kalegou/plan_new.html", {"form": form}, status=status)


def _confirm_page(
    request: HttpRequest, member: Member, form: PlanForm, *, is_unticked: bool = False
) -> HttpResponse:
    wish = form.wish
    month = first_month(timezone.now(), wish.day)
    coming = []
    for _number in range(COMING_SHOWN):
        coming.append(run_at(month, wish.day))
        month = month_after(month)
    balance = ledger.available(member.wallet_id)
    context = {
        "form": form,
        "wish": wish,
        "price": form.amount.price,
        "coming": coming,
        "balance": balance,
        "is_short": balance < form.amount.price,
        "consent": consent_text(wish),
        "is_unticked": is_unticked,
    }
    status = 422 if is_unticked else 200
    return render(request, "kalegou/plan_confirm.html", context, status=status)


@login_required
@require_safe
@never_cache
def plan(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One plan: what was agreed to, the next day, and what became of each month."""
    member = _member(visitor_of(request))
    own = _own(member, pk)
    runs = _runs(own)
    if file_format := as_format(request.GET.get("format")):
        rows = (_run_cells(run) for run in runs)
        return table_file(f"topup-{own.phone}", _run_heading(), rows, file_format=file_format)
    context = {
        "plan": own,
        "label": SavedNumber.objects.filter(member=member, phone=own.phone)
        .values_list("label", flat=True)
        .first(),
        "price": retail_price(own.sku.list_price, rate_of(member)).amount,
        "balance": ledger.available(member.wallet_id),
        "page_obj": Paginator(runs, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "kalegou/plan.html", context)


@login_required
@require_POST
def change_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """`do` is pause, resume or stop."""
    own = _own(_member(visitor_of(request)), pk)
    actor = own.member.user
    try:
        match request.POST.get("do"):
            case "pause":
                pause_plan(plan=own, actor=actor)
                messages.success(request, _("Paused. Nothing is charged until you have it go on."))
            case "resume":
                resume_plan(plan=own, actor=actor)
                messages.success(request, _("It goes on. You're reminded before its day."))
            case "stop":
                stop_plan(plan=own, actor=actor)
                messages.success(request, _("Stopped for good. Nothing more is charged."))
            case _:
                raise Http404
    except PersonError as refusal:
        messages.warning(request, str(refusal))
    return redirect("kalegou:plan", own.pk)


def _own(member: Member, pk: int) -> TopupPlan:
    found = TopupPlan.objects.select_related("sku__product", "member__user")
    own: TopupPlan = get_object_or_404(found, pk=pk, member=member)
    return own


def _runs(own: TopupPlan) -> QuerySet[TopupPlanRun]:
    return own.runs.select_related("order").order_by("-month")


def _member(visitor: Visitor) -> Member:
    member = visitor.member
    assert member is not None, "these pages are for logged-in people"
    return member


def _plan_heading() -> list[str]:
    return [
        _("Mobile number"),
        _("Goods"),
        _("Day of the month"),
        _("At most"),
        _("Next top-up"),
        _("Status"),
        _("Agreed"),
    ]


def _plan_cells(one: TopupPlan) -> list[Cell]:
    return [
        one.phone,
        f"{one.sku.product.label} {one.sku.label}",
        one.day,
        f"{one.max_price:.2f}",
        timezone.localtime(one.next_at).strftime("%Y-%m-%d %H:%M") if one.next_at else "",
        str(one.get_status_display()),
        timezone.localtime(one.consent_at).strftime("%Y-%m-%d %H:%M"),
    ]


def _run_heading() -> list[str]:
    return [_("Month"), _("Order number"), _("Total"), _("Status"), _("Why left out")]


def _run_cells(run: TopupPlanRun) -> list[Cell]:
    return [
        f"{run.month:%Y-%m}",
        run.order.order_no if run.order else "",
        run.order.total if run.order else None,
        str(run.order.get_status_display()) if run.order else _("left out"),
        run.problem["text"] if run.problem else "",
    ]
