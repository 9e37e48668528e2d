"""Scheduled orders: made in two presses, looked at, paused, cancelled."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.queries import sellable_skus
from kameng.access import active_agents_only, agents_only, page
from kameng.forms.buying import new_client_ref, total
from kameng.forms.plans import PlanForm
from kameng.models import Agent, OrderPlan, PlanRun
from kameng.queries.goods import product_on_sale, wares
from kameng.queries.plans import coming_runs, figures_of, plans_of, runs_of, with_counts
from kameng.services.plans import cancel_plan, draft, make_plan, pause_plan, resume_plan
from ui.exports import Cell, as_format, table_file
from ui.pages import CappedPaginator
from users.errors import PersonError

PAGE_SIZE = 20
STATUSES = ("active", "paused", "finished", "cancelled")


@require_safe
@agents_only
def plans(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    status = request.GET.get("status", "")
    found = plans_of(agent, status=status)
    if file_format := as_format(request.GET.get("format")):
        rows = (_plan_cells(plan) for plan in with_counts(found).iterator(chunk_size=500))
        return table_file("schedules", _plan_heading(), rows, file_format=file_format)
    paginator = CappedPaginator(with_counts(found), PAGE_SIZE, counted=found[:10_001].count())
    return page(
        request,
        agent,
        "plans",
        {
            "status": status if status in STATUSES else "",
            "page_obj": paginator.get_page(request.GET.get("page")),
        },
    )


@require_http_methods(["GET", "POST"])
@active_agents_only
def new_plan(request: HttpRequest, agent: Agent, code: str) -> HttpResponse:
    """First press: which days, and what it would cost. Second press: keep it. Moves no money."""
    goods = product_on_sale(code)
    skus = list(sellable_skus().filter(product=goods).order_by("position", "id")) if goods else []
    if goods is None or not skus:
        raise Http404(code)
    if request.method == "GET":
        chosen = request.GET.get("sku") or (code if code != goods.code else "")
        initial = {"sku": chosen, "client_ref": new_client_ref()}
        form = PlanForm(goods, wares(agent, skus), initial=initial)
        return _form_page(request, agent, form)
    form = PlanForm(goods, wares(agent, skus), request.POST)
    if not form.is_valid():
        return _form_page(request, agent, form, status=422)
    try:
        if request.POST.get("do") == "keep":
            plan = make_plan(
                agent=agent,
                ref=form.cleaned_data["client_ref"],
                title=form.cleaned_data["title"],
                order=form.order,
                times=form.times,
                language=get_language() or "",
            )
            messages.success(
                request, _("The schedule is running. Nothing is charged before a run.")
            )
            return redirect("kameng:plan", plan.pk)
        looked_at = draft(agent=agent, order=form.order, times=form.times)
    except PersonError as refusal:
        form.add_refusal(refusal)
        return _form_page(request, agent, form, status=refusal.status)
    return _form_page(request, agent, form, looked_at=looked_at)


def _form_page(
    request: HttpRequest,
    agent: Agent,
    form: PlanForm,
    *,
    looked_at: OrderPlan | None = None,
    status: int = 200,
) -> HttpResponse:
    ware = form.chosen()
    context = {
        "form": form,
        "product": form.product,
        "ware": ware,
        "plan": looked_at,
        "coming": coming_runs(looked_at) if looked_at else [],
        "is_too_dear": bool(
            looked_at
            and ware
            and looked_at.max_unit_price is not None
            and ware.price > looked_at.max_unit_price
        ),
        "each": total(ware, looked_at.quantity) if looked_at and ware else None,
    }
    return page(request, agent, "plan_new", context, status=status)


@require_safe
@agents_only
def plan(request: HttpRequest, agent: Agent, pk: int) -> HttpResponseBase:
    own = _own(agent, pk)
    outcome = request.GET.get("outcome", "")
    found = runs_of(own, outcome=outcome)
    if file_format := as_format(request.GET.get("format")):
        rows = (_run_cells(run) for run in found.iterator(chunk_size=500))
        return table_file(f"schedule-{own.pk}", _run_heading(), rows, file_format=file_format)
    figures = figures_of(own)
    return page(
        request,
        agent,
        "plan",
        {
            "plan": own,
            "figures": figures,
            "coming": coming_runs(own, placed=figures.placed),
            "outcome": outcome if outcome in ("placed", "skipped") else "",
            "page_obj": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        },
    )


@require_POST
@agents_only
def change_plan(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """`do` is pause, resume or cancel."""
    own = _own(agent, pk)
    wanted = request.POST.get("do")
    try:
        if wanted == "pause":
            pause_plan(plan=own, actor=agent.user)
        elif wanted == "resume" and agent.is_active:
            resume_plan(plan=own, actor=agent.user)
        elif wanted == "cancel":
            cancel_plan(plan=own, actor=agent.user)
        else:
            raise Http404
    except PersonError as refusal:
        messages.warning(request, str(refusal))
    return redirect("kameng:plan", own.pk)


def _own(agent: Agent, pk: int) -> OrderPlan:
    found: OrderPlan = get_object_or_404(plans_of(agent), pk=pk)
    return found


def _plan_heading() -> list[str]:
    return [
        _("Title"),
        _("Goods"),
        _("Quantity"),
        _("Account"),
        _("How often"),
        _("Next run"),
        _("Orders placed"),
        _("Runs left out"),
        _("Status"),
    ]


def _plan_cells(one: OrderPlan) -> list[Cell]:
    return [
        one.title,
        f"{one.sku.product.label} {one.sku.label}",
        one.quantity,
        one.target,
        str(one.get_rhythm_display()),
        one.next_at,
        one.placed,  # type: ignore[attr-defined]  # annotated
        one.skipped,  # type: ignore[attr-defined]
        str(one.get_status_display()),
    ]


def _run_heading() -> list[str]:
    return [_("Planned for"), _("Order number"), _("Total"), _("Status"), _("Why left out")]


def _run_cells(run: PlanRun) -> list[Cell]:
    return [
        run.planned_at,
        run.order.order_no if run.order else "",
        run.order.total if run.order else None,
        str(run.order.get_status_display()) if run.order else pgettext("run", "left out"),
        str(run.problem.get("detail", "")) if run.problem else "",
    ]
