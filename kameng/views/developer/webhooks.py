"""Webhook endpoints, and the log of what was sent to an agent's programs."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kameng.access import active_agents_only, agents_only, page
from kameng.forms.developer import EndpointForm, NewEndpointForm, OverlapForm, ThresholdForm
from kameng.models import Agent, BalanceWatch, Delivery, Endpoint, EventKind, OrderCallback
from kameng.queries.deliveries import (
    CALLBACK,
    PROBLEMS,
    STATES,
    LogRow,
    endpoints_of,
    log_rows,
)
from kameng.services import endpoints as services
from kameng.services.callbacks import resend_callback
from kameng.services.deliveries import LEASE, resend
from kameng.services.events import record_test
from kameng.services.watching import set_balance_threshold
from kameng.views.developer.secrets import show_once
from users.errors import PersonError

PAGE_SIZE = 30


@require_http_methods(["GET", "HEAD", "POST"])
@agents_only
def webhooks(request: HttpRequest, agent: Agent) -> HttpResponse:
    form = NewEndpointForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if not agent.is_active:
            return page(request, agent, "suspended", status=403)
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            try:
                endpoint, _secret = services.create_endpoint(
                    agent=agent,
                    actor=agent.user,
                    url=said["url"],
                    events=said["events"],
                    label=said["label"],
                    is_sandbox=said["world"] == "sandbox",
                )
            except PersonError as refusal:
                _put(form, refusal)
                status = refusal.status
            else:
                return show_once(request, endpoint)
    return _list(request, agent, form, _threshold_form(agent), status)


def _list(
    request: HttpRequest,
    agent: Agent,
    form: NewEndpointForm,
    threshold_form: ThresholdForm,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "threshold_form": threshold_form,
        "endpoints": list(endpoints_of(agent)),
    }
    return page(request, agent, "developer/webhooks", context, status=status)


def _threshold_form(agent: Agent) -> ThresholdForm:
    watch = BalanceWatch.objects.filter(agent=agent).first()
    return ThresholdForm(initial={"threshold": f"{watch.threshold:.2f}" if watch else ""})


@require_POST
@active_agents_only
def threshold(request: HttpRequest, agent: Agent) -> HttpResponse:
    form = ThresholdForm(request.POST)
    if not form.is_valid():
        return _list(request, agent, NewEndpointForm(), form, 422)
    wanted = form.cleaned_data["threshold"]
    set_balance_threshold(agent=agent, threshold=wanted, actor=agent.user)
    messages.success(
        request,
        _("You won't be told of a low balance.")
        if wanted is None
        else _("Your endpoints are told once the balance falls below ¥%(amount)s.")
        % {"amount": f"{wanted:,.2f}"},
    )
    return redirect("kameng:webhooks")


@require_http_methods(["GET", "HEAD", "POST"])
@agents_only
def endpoint(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """One endpoint: how it is doing, what it hears, its latest deliveries."""
    one = get_object_or_404(endpoints_of(agent), pk=pk)
    initial = {"url": one.url, "label": one.label, "events": one.events}
    form = EndpointForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.change_endpoint(endpoint=one, actor=agent.user, **form.cleaned_data)
            except PersonError as refusal:
                _put(form, refusal)
                status = refusal.status
            else:
                messages.success(request, _("Saved."))
                return redirect("kameng:webhook", pk)
    context = {
        "endpoint": one,
        "form": form,
        "overlap": OverlapForm(),
        "rows": [LogRow(*row) for row in log_rows(agent, endpoint=one)[:10]],
    }
    return page(request, agent, "developer/webhook", context, status=status)


def _put(form: EndpointForm, refusal: PersonError) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


_ACTIONS: dict[str, tuple[Callable[..., None], str]] = {
    "pause": (services.pause_endpoint, "kameng:webhook"),
    "resume": (services.resume_endpoint, "kameng:webhook"),
    "switch": (services.switch_secret_now, "kameng:webhook"),
    "delete": (services.delete_endpoint, "kameng:webhooks"),
}


@require_POST
@agents_only
def endpoint_action(request: HttpRequest, agent: Agent, pk: int, action: str) -> HttpResponse:
    one = get_object_or_404(Endpoint, agent=agent, pk=pk, deleted_at=None)
    if action == "test":
        return redirect("kameng:delivery", "event", record_test(one).pk)
    if action == "rotate":
        return _rotate(request, agent, one)
    if action not in _ACTIONS:
        raise Http404
    service, after = _ACTIONS[action]
    service(endpoint=one, actor=agent.user)
    done = {
        "pause": _("Paused. What happens meanwhile waits for up to a day."),
        "resume": _("Sending again, what waited first."),
        "switch": _("From now on only the new secret signs."),
        "delete": _("Deleted. Nothing more is sent there; the log stays."),
    }
    messages.success(request, done[action])
    return redirect(after, pk) if after == "kameng:webhook" else redirect(after)


def _rotate(request: HttpRequest, agent: Agent, one: Endpoint) -> HttpResponse:
    form = OverlapForm(request.POST)
    try:
        if form.is_valid():
            services.rotate_secret(endpoint=one, actor=agent.user, overlap=form.hours)
            return show_once(request, one)
        messages.error(request, _("Choose how long the old secret goes on."))
    except PersonError as refusal:
        messages.error(request, str(refusal))
    return redirect("kameng:webhook", one.pk)


@require_safe
@agents_only
def log(request: HttpRequest, agent: Agent) -> HttpResponse:
    state = request.GET.get("state", "")
    text = "".join(request.GET.get("q", "").split())[:32]
    found = log_rows(agent, state=state if state in dict(STATES) else "", text=text)
    page_obj = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page_obj,
        "rows": [LogRow(*row) for row in page_obj],
        "states": STATES,
        "state": state,
        "text": text,
    }
    return page(request, agent, "developer/log", context)


@require_safe
@agents_only
def delivery(request: HttpRequest, agent: Agent, kind: str, pk: int) -> HttpResponse:
    """Every attempt of one message: the request as it was sent, and the answer."""
    row, thing = _message(agent, kind, pk)
    context = {
        "row": row,
        "thing": thing,
        "attempts": list(thing.log.all()[:50]),
        "problems": PROBLEMS,
        "is_moving": _is_moving(row, thing),
    }
    if request.headers.get("HX-Request"):
        return render(request, "kameng/developer/_attempts.html", context)
    return page(request, agent, "developer/delivery", context)


@require_POST
@active_agents_only
def send_again(request: HttpRequest, agent: Agent, kind: str, pk: int) -> HttpResponse:
    _row, thing = _message(agent, kind, pk)
    if isinstance(thing, OrderCallback):
        resend_callback(callback=thing)
    elif thing.endpoint.deleted_at is not None:
        messages.error(request, _("The endpoint was deleted: nothing was sent."))
        return redirect("kameng:delivery", kind, pk)
    else:
        resend(delivery=thing)
    messages.success(request, _("It is sent again now. Reload the page to see the answer."))
    return redirect("kameng:delivery", kind, pk)


def _message(agent: Agent, kind: str, pk: int) -> tuple[LogRow, Delivery | OrderCallback]:
    thing: Delivery | OrderCallback
    if kind == CALLBACK:
        thing = get_object_or_404(
            OrderCallback.objects.select_related("order"), order__buyer=agent.user_id, pk=pk
        )
        return _row_of_callback(thing), thing
    thing = get_object_or_404(
        Delivery.objects.select_related("endpoint", "event__order"), endpoint__agent=agent, pk=pk
    )
    event = thing.event
    return LogRow(
        "event",
        thing.pk,
        event.kind,
        event.order.order_no if event.order else None,
        thing.endpoint.url,
        thing.attempts,
        thing.next_attempt_at,
        thing.delivered_at,
        thing.given_up_at,
        thing.last_status,
        thing.last_error,
        event.created_at,
    ), thing


def _is_moving(row: LogRow, thing: Delivery | OrderCallback) -> bool:
    """Whether an answer can be here in a moment: due, and nothing holds it."""
    if row.next_attempt_at is None or row.next_attempt_at > timezone.now() + LEASE:
        return False
    if isinstance(thing, OrderCallback):
        return thing.log.count() < row.attempts or row.attempts == 0
    is_held = thing.endpoint.is_paused or thing.endpoint.is_failing
    return row.what == EventKind.TEST or not is_held


def _row_of_callback(callback: OrderCallback) -> LogRow:
    return LogRow(
        CALLBACK,
        callback.pk,
        "",
        callback.order.order_no,
        callback.order.callback_url,
        callback.attempts,
        callback.next_attempt_at,
        callback.delivered_at,
        None,
        callback.last_status,
        callback.last_error,
        callback.created_at,
    )
