"""Lists of numbers: preview, start, and how far they are; batches of the API are listed too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import Speed
from kameng.access import active_agents_only, agents_only, page, spendable
from kameng.api.errors import BatchConflict
from kameng.forms.buying import new_client_ref
from kameng.forms.jobs import JobForm, LineFilter
from kameng.models import Agent, Batch
from kameng.queries.jobs import (
    OUTCOMES,
    LineRow,
    Progress,
    again_text,
    batches_of,
    line_rows,
    lines_of,
    listed,
    outcome_labels,
    progress_of,
)
from kameng.queries.topup_preview import PhoneGoods, Preview, phone_goods, preview
from kameng.services.jobs import JobLine, cancel_job, pause_job, resume_job, start_job
from ui.exports import Cell, as_format, table_file
from ui.pages import CappedPaginator
from users.errors import PersonError

BATCHES_ON_PAGE = 15
LINES_ON_PAGE = 50
SHOWN_BAD = 200
SHOWN_GOOD = 20
STATUSES = ("working", "paused", "finished")
SOURCES = ("portal", "api")


@require_safe
@agents_only
def jobs(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    status, source = request.GET.get("status", ""), request.GET.get("source", "")
    found = batches_of(agent, status=status, source=source)
    if file_format := as_format(request.GET.get("format")):
        rows = ([*_cells(batch)] for batch in found.iterator(chunk_size=500))
        return table_file("batches", _jobs_heading(), rows, file_format=file_format)
    page_obj = CappedPaginator(found, BATCHES_ON_PAGE).get_page(request.GET.get("page"))
    return page(
        request,
        agent,
        "jobs",
        {
            "status": status if status in STATUSES else "",
            "source": source if source in SOURCES else "",
            "page_obj": page_obj,
            "batches": listed(page_obj),
        },
    )


@require_http_methods(["GET", "POST"])
@active_agents_only
def new_job(request: HttpRequest, agent: Agent) -> HttpResponse:
    """First press: look at every line, and say what it would cost. Second press: start."""
    goods = phone_goods(agent)
    if request.method == "GET":
        form = JobForm(goods.amounts(), initial={"ref": new_client_ref()})
        return page(request, agent, "job_new", {"form": form, "has_goods": bool(goods.by_key)})
    form = JobForm(goods.amounts(), request.POST, files=request.FILES)
    return _previewed(request, agent, goods, form)


def _previewed(
    request: HttpRequest, agent: Agent, goods: PhoneGoods, form: JobForm
) -> HttpResponse:
    if not form.is_valid():
        return page(request, agent, "job_new", {"form": form, "has_goods": True}, status=422)
    assert form.listed is not None, "a valid form has a list"
    made = preview(
        agent,
        form.listed,
        goods,
        amount=form.amount_for_all,
        speed=Speed(form.cleaned_data["speed"]),
        keeps_repeats=form.keeps("repeats"),
        keeps_recents=form.keeps("recents"),
    )
    is_start = request.POST.get("do") == "start"
    has_changed = is_start and form.cleaned_data["seen"] != made.digest
    status = 200
    if is_start and made.kept and not has_changed:
        try:
            return _start(request, agent, form, made)
        except BatchConflict:
            has_changed = True
            form.renew(ref=new_client_ref())
        except PersonError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
    form.show_text()
    form.renew(seen=made.digest)
    balance = spendable(agent)
    context = {
        "form": form,
        "has_goods": True,
        "preview": made,
        "bad": made.bad[:SHOWN_BAD],
        "repeats": made.repeats[:SHOWN_GOOD],
        "recents": made.recents[:SHOWN_GOOD],
        "good": made.kept[:SHOWN_GOOD],
        "has_changed": has_changed,
        "balance_after": balance - made.total,
        "missing": max(made.total - balance, 0),
    }
    return page(request, agent, "job_new", context, status=409 if has_changed else status)


def _start(request: HttpRequest, agent: Agent, form: JobForm, made: Preview) -> HttpResponse:
    taken = start_job(
        agent=agent,
        ref=form.cleaned_data["ref"],
        title=form.cleaned_data["title"],
        lines=[
            JobLine(one.ware.sku.code, one.number, one.ware.price, one.note) for one in made.kept
        ],
        language=get_language() or "",
    )
    if not taken.is_new:
        messages.info(request, _("This list was started before. Nothing is charged twice."))
    return redirect("kameng:job", taken.batch.batch_no)


@require_safe
@agents_only
def job(request: HttpRequest, agent: Agent, batch_no: str) -> HttpResponseBase:
    batch = _own(agent, batch_no)
    form = LineFilter(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    outcome = request.GET.get("outcome", "")
    found = lines_of(batch, outcome=outcome, text=text)
    if file_format := as_format(request.GET.get("format")):
        rows = _line_cells(line_rows(found))
        return table_file(batch.batch_no, _lines_heading(), rows, file_format=file_format)
    page_obj = Paginator(found, LINES_ON_PAGE).get_page(request.GET.get("page"))
    return page(
        request,
        agent,
        "job",
        {
            **_progress(batch),
            "form": form,
            "text": text,
            "outcome": outcome if outcome in OUTCOMES else "",
            "outcomes": outcome_labels(),
            "page_obj": page_obj,
            "rows": line_rows(page_obj),
        },
    )


@require_safe
@agents_only
def job_progress(request: HttpRequest, agent: Agent, batch_no: str) -> HttpResponse:
    """The moving part of the page (htmx); it asks again until nothing moves any more."""
    context = {**_progress(_own(agent, batch_no)), "agent": agent}
    return render(request, "kameng/_job.html", context)


@require_POST
@agents_only
def change_job(request: HttpRequest, agent: Agent, batch_no: str) -> HttpResponse:
    """`do` is pause, resume or cancel."""
    batch = _own(agent, batch_no)
    wanted = request.POST.get("do")
    try:
        if wanted == "pause":
            pause_job(batch=batch, actor=agent.user)
        elif wanted == "resume" and agent.is_active:
            resume_job(batch=batch, actor=agent.user)
        elif wanted == "cancel":
            cancel_job(batch=batch, actor=agent.user)
            messages.success(request, _("The rest is cancelled. Nothing is charged for it."))
        else:
            raise Http404
    except PersonError as refusal:
        messages.warning(request, str(refusal))
    return redirect("kameng:job", batch.batch_no)


@require_safe
@active_agents_only
def again_job(request: HttpRequest, agent: Agent, batch_no: str) -> HttpResponse:
    """What came to nothing, as a new list at today's prices: looked at, not started."""
    batch = _own(agent, batch_no)
    text = again_text(batch)
    if not text:
        messages.info(request, _("Nothing of this list has failed."))
        return redirect("kameng:job", batch.batch_no)
    goods = phone_goods(agent)
    title = _("Again: %(title)s") % {"title": batch.title or batch.batch_no}
    data = {"ref": new_client_ref(), "text": text, "speed": Speed.FAST, "title": title[:80]}
    return _previewed(request, agent, goods, JobForm(goods.amounts(), data))


def _own(agent: Agent, batch_no: str) -> Batch:
    found: Batch = get_object_or_404(batches_of(agent), batch_no=batch_no)
    return found


def _progress(batch: Batch) -> dict[str, object]:
    progress: Progress = progress_of(batch)
    return {
        "batch": batch,
        "progress": progress,
        "is_moving": batch.status == "working" or progress.counts.get("moving", 0) > 0,
        "paused_text": _paused_text(batch),
    }


def _paused_text(batch: Batch) -> str:
    match batch.pause_reason:
        case "":
            return ""
        case "balance":
            return _("The balance ran out. Pay in, then go on: nothing is lost or bought twice.")
        case "limit":
            return _("Your spending limit is reached. Go on when there is room again.")
        case "suspended":
            return _("Your agent account is suspended. Please contact customer service.")
        case "staff":
            return _("Customer service has paused this list. Please ask before you go on.")
    return _("You have paused this list. Nothing is ordered meanwhile.")


def _jobs_heading() -> list[str]:
    return [
        pgettext("batch", "Number"),
        _("Title"),
        _("Through"),
        _("Lines"),
        _("Status"),
        _("Started"),
    ]


def _cells(batch: Batch) -> Iterator[Cell]:
    yield batch.batch_no
    yield batch.title or batch.batch_ref
    yield _("portal") if batch.is_from_portal else _("API")
    yield batch.line_count
    yield {
        "working": _("working"),
        "paused": _("paused"),
        "finished": pgettext("batch", "Finished"),
    }[batch.status]
    yield batch.created_at


def _lines_heading() -> list[str]:
    return [
        _("Line"),
        pgettext("phone", "Number"),
        _("Goods"),
        _("Note"),
        _("Outcome"),
        _("Why"),
        _("Order number"),
        _("Charged"),
        _("Refunded"),
        _("Finished"),
    ]


def _line_cells(rows: Iterable[LineRow]) -> Iterator[list[Cell]]:
    for row in rows:
        order = row.line.order
        yield [
            row.line.place,
            row.number,
            row.goods,
            row.line.note,
            row.label,
            row.why,
            order.order_no if order else "",
            order.total if order else None,
            order.refunded if order else None,
            order.finished_at if order else None,
        ]
