"""Looking for goods: search as one types, filters, favourites, what was bought lately."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from catalog.models import SKU, Category, DeliveryKind
from catalog.queries import visible_categories
from kameng.access import active_agents_only, page
from kameng.forms.filters import CatalogueFilter
from kameng.models import Agent
from kameng.queries.shelf import LISTS, Row, Wanted, look_through
from kameng.services.favourites import add_favourite, move_favourite, remove_favourite
from ui.exports import Cell, as_format, table_file
from users.errors import PersonError

PAGE_SIZE = 30


@require_safe
@active_agents_only
def catalogue(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    """The page, its table alone while somebody types (htmx), or a file."""
    categories = visible_categories()
    chosen = next((c for c in categories if c.code == request.GET.get("category")), None)
    form = CatalogueFilter(request.GET)
    wanted = _wanted(request, form, chosen)
    rows, _bought = look_through(agent, wanted)
    if file_format := as_format(request.GET.get("format")):
        return table_file("goods", _heading(), _lines(rows), file_format=file_format)
    context = {
        "form": form,
        "roots": [c for c in categories if c.parent_id is None],
        "chosen": chosen,
        "siblings": [c for c in categories if chosen and _is_inside(c, chosen)],
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "listed": wanted.listed,
        "is_filtered": bool(
            wanted.search or wanted.kind or wanted.is_in_stock or wanted.sort or chosen
        ),
    }
    if request.headers.get("HX-Target") == "goods":
        return render(request, "kameng/_goods.html", context)
    return page(request, agent, "catalogue", context)


def _wanted(request: HttpRequest, form: CatalogueFilter, chosen: Category | None) -> Wanted:
    given = form.cleaned_data if form.is_valid() else {}
    listed = request.GET.get("list", "")
    return Wanted(
        category=chosen,
        kind=DeliveryKind(given["kind"]) if given.get("kind") else None,
        search=given.get("q", ""),
        listed=listed if listed in LISTS else "",
        is_in_stock=bool(given.get("stock")),
        sort=given.get("sort", ""),
    )


def _is_inside(category: Category, chosen: Category) -> bool:
    """Below the same root category as the chosen one."""
    return category.parent_id is not None and category.tree_id == chosen.tree_id


def _heading() -> list[str]:
    return [
        pgettext("goods", "Code"),
        _("Goods"),
        _("Category"),
        _("Face value"),
        _("List price"),
        _("Your price"),
        _("Stock"),
    ]


def _lines(rows: Iterable[Row]) -> Iterator[list[Cell]]:
    for row in rows:
        ware = row.ware
        yield [
            ware.sku.code,
            f"{ware.product.label} {ware.sku.label}",
            ware.product.category.label,
            ware.sku.face_value,
            ware.quote.list_price,
            ware.price,
            ware.availability_label,
        ]


@require_POST
@active_agents_only
def favourite(request: HttpRequest, agent: Agent, code: str) -> HttpResponse:
    """Mark or unmark a SKU, or move it on the list: `do` is add, remove, up, down or top."""
    sku = get_object_or_404(SKU.objects.select_related("product"), code=code)
    is_on = False
    try:
        match request.POST.get("do"):
            case "add":
                add_favourite(agent=agent, sku=sku)
                is_on = True
            case "remove":
                remove_favourite(agent=agent, sku=sku)
            case ("up" | "down" | "top") as way:
                move_favourite(agent=agent, sku=sku, way=way)
            case _:
                raise Http404
    except PersonError as refusal:
        messages.warning(request, str(refusal))
        if request.headers.get("HX-Request"):
            return HttpResponse(status=200, headers={"HX-Refresh": "true"})
    else:
        if request.headers.get("HX-Request"):
            return render(request, "kameng/_star.html", {"sku": sku, "is_on": is_on})
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_ours and back.startswith("/") else reverse("kameng:catalogue"))
