"""An agent's codes: found again, marked as sold, handed out as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from kameng.access import agents_only, page
from kameng.forms.codes import CodeFilter, SaleForm
from kameng.models import Agent, OwnedCode
from kameng.queries.owned_codes import CodeQuery, CodeRow, find_codes, rows_of, skus_bought
from kameng.services.owned_codes import (
    MOST_MARKED,
    OpenCode,
    SaleFacts,
    gather_codes,
    hand_out,
    mark_sold,
    mark_unsold,
)
from ui.exports import Cell, as_format, table_file, text_file
from ui.pages import CappedPaginator

PAGE_SIZE = 50
STATES = ("unsold", "sold")


@require_safe
@agents_only
def codes(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    """The list, masked; as a file without the codes when `format` asks for it."""
    is_complete = gather_codes(agent=agent)
    form, found = _found(request, agent)
    if file_format := as_format(request.GET.get("format")):
        rows = (_cells(row) for row in rows_of(found[:MOST_MARKED]))
        return table_file("codes", _heading(), rows, file_format=file_format)
    return _list(request, agent, form, found, SaleForm(), is_complete=is_complete)


@require_POST
@agents_only
def change_codes(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    """`do`: sold, unsold, or txt, csv, xlsx to hand the codes out.

    Of the ticked ones, or of all that the address finds (`scope=found`).
    """
    form, found = _found(request, agent)
    chosen = found if request.POST.get("scope") == "found" else _ticked(request, found)
    wanted = request.POST.get("do", "")
    here = f"{reverse('kameng:codes')}?{request.GET.urlencode()}"
    if not chosen.exists():
        messages.warning(request, _("Tick the codes first. Nothing was changed."))
        return redirect(here)
    if wanted in ("txt", "csv", "xlsx"):
        return _file(agent, chosen, wanted)
    if wanted == "sold":
        sale = SaleForm(request.POST)
        if not sale.is_valid():
            return _list(request, agent, form, found, sale, is_complete=True, status=422)
        given = sale.cleaned_data
        facts = SaleFacts(given["customer"], given["price"], given["note"])
        count = mark_sold(codes=chosen, facts=facts)
        messages.success(request, _marked(count))
    elif wanted == "unsold":
        count = mark_unsold(codes=chosen)
        messages.success(request, _unmarked(count))
    return redirect(here)


def _marked(count: int) -> str:
    return ngettext(
        "%(count)d code is marked as sold.", "%(count)d codes are marked as sold.", count
    ) % {"count": count}


def _unmarked(count: int) -> str:
    return ngettext(
        "%(count)d code is for sale again.", "%(count)d codes are for sale again.", count
    ) % {"count": count}


def _found(request: HttpRequest, agent: Agent) -> tuple[CodeFilter, QuerySet[OwnedCode]]:
    form = CodeFilter(skus_bought(agent), request.GET)
    form.is_valid()
    given = form.cleaned_data
    state = request.GET.get("state", "")
    wanted = CodeQuery(
        state=state if state in STATES else "",
        expiry=given.get("expiry", ""),
        sku=given.get("sku", ""),
        order_no=given.get("order", ""),
        text=given.get("q", ""),
    )
    found = find_codes(agent, wanted)
    return form, found.none() if form.errors else found


def _ticked(request: HttpRequest, found: QuerySet[OwnedCode]) -> QuerySet[OwnedCode]:
    keys = [int(key) for key in request.POST.getlist("code") if key.isdecimal() and len(key) < 19]
    return found.filter(pk__in=keys)


def _list(
    request: HttpRequest,
    agent: Agent,
    form: CodeFilter,
    found: QuerySet[OwnedCode],
    sale: SaleForm,
    *,
    is_complete: bool,
    status: int = 200,
) -> HttpResponse:
    page_obj = CappedPaginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    state = request.GET.get("state", "")
    context = {
        "form": form,
        "sale": sale,
        "state": state if state in STATES else "",
        "is_filtered": bool(state) or any(form.cleaned_data.values()) or bool(form.errors),
        "is_complete": is_complete,
        "page_obj": page_obj,
        "rows": rows_of(page_obj),
        "ticked": set(request.POST.getlist("code")),
        "most": MOST_MARKED,
    }
    return page(request, agent, "codes", context, status=status)


def _file(agent: Agent, chosen: QuerySet[OwnedCode], how: str) -> HttpResponseBase:
    opened = hand_out(agent=agent, codes=chosen[:MOST_MARKED], how=how)
    if how == "txt":
        lines = (" ".join(part for part in (one.number, one.secret) if part) for one in opened)
        return text_file("codes.txt", lines)
    file_format = as_format(how)
    assert file_format is not None, how
    heading = [_("Number"), _("Secret"), *_heading()[1:]]
    return table_file("codes", heading, _open_cells(opened), file_format=file_format)


def _heading() -> list[str]:
    return [
        pgettext("card", "Code"),
        _("Goods"),
        _("Valid until"),
        _("Order number"),
        _("Bought"),
        _("Unit price"),
        pgettext("code", "Sold"),
        _("Customer"),
        pgettext("code", "Sold for"),
        _("Note"),
    ]


def _facts(code: OwnedCode) -> list[Cell]:
    return [
        f"{code.sku.product.label} {code.sku.label}",
        code.expires_on,
        code.order.order_no,
        code.bought_at,
        code.order.unit_price,
        code.sold_at,
        code.sold_to,
        code.sold_for,
        code.note,
    ]


def _cells(row: CodeRow) -> list[Cell]:
    return [row.shown, *_facts(row.code)]


def _open_cells(opened: Iterable[OpenCode]) -> Iterator[list[Cell]]:
    for one in opened:
        yield [one.number, one.secret, *_facts(one.code)]
