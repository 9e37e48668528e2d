"""Looking for goods and choosing one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog.models import SKU, DeliveryKind
from catalog.queries import sellable_skus, visible_categories
from kalegou.availability import Choice, choices
from kalegou.drafts import Draft
from kalegou.forms import ACCOUNT_PREFIX, ProductForm
from kalegou.promises import delivery_promise, delivery_time
from kalegou.shelves import MAX_SEARCH_LENGTH, goods, is_phone_topup
from kalegou.topups import MAX_CODE_LENGTH
from kalegou.typed import typed
from kalegou.views.topup import redirect_to_checkout
from kalegou.visitors import Visitor, visitor_of
from orders.money import total_of


@require_safe
def products(request: HttpRequest) -> HttpResponse:
    """All goods, of one category, or what a search finds while it is typed."""
    visitor = visitor_of(request)
    categories = visible_categories()
    search = typed(request.GET, "q", max_length=MAX_SEARCH_LENGTH)
    code = typed(request.GET, "category", max_length=MAX_CODE_LENGTH)
    category = next((c for c in categories if c.code == code), None)
    if code and category is None:
        raise Http404(_("There is no such category."))
    context = {
        "categories": [c for c in categories if c.parent_id is None],
        "category": category,
        "q": search,
        "goods": goods(visitor.member, category=category, search=search),
    }
    is_part = request.headers.get("HX-Target") == "shelf"
    return render(request, "kalegou/_shelf.html" if is_part else "kalegou/products.html", context)


@dataclass(frozen=True, slots=True)
class Selection:
    """What is chosen on a product's page so far, for its total."""

    choice: Choice | None
    quantity: int

    @property
    def total(self) -> Decimal | None:
        return total_of(self.choice.price, self.quantity) if self.choice else None


@require_http_methods(["GET", "HEAD", "POST"])
def product(request: HttpRequest, code: str) -> HttpResponse:
    """One product: what to choose, when it comes, and what happens if it doesn't."""
    visitor = visitor_of(request)
    offered = _offered(code, visitor)
    item = offered[0].sku.product
    if is_phone_topup(item):
        asked = urlencode({"carrier": item.carrier, "speed": item.speed})
        return redirect(f"{reverse('kalegou:topup')}?{asked}")
    data = request.POST if request.method == "POST" else None
    fields = list(item.account_fields.all()) if item.kind == DeliveryKind.TOPUP else []
    selection = _selection(request.POST or request.GET, offered)
    form = ProductForm(
        data,
        skus=[choice.sku for choice in offered],
        fields=fields,
        initial={"quantity": selection.quantity}
        | {ACCOUNT_PREFIX + name: value for name, value in request.GET.items()},
    )
    problem = ""
    if data is not None and form.is_valid():
        problem = _problem(form.cleaned_data["sku"], _quantity(form), offered)
        if not problem:
            return redirect_to_checkout(request, _draft(form))
    context = {
        "product": item,
        "choices": offered,
        "selection": selection,
        "form": form,
        "problem": problem,
        "time": delivery_time(item.kind, item.speed),
        "promise": delivery_promise(item.kind, item.speed),
    }
    return render(request, "kalegou/product.html", context, status=422 if problem else 200)


@require_safe
def total(request: HttpRequest, code: str) -> HttpResponse:
    """The pay bar for what is chosen on a product's page."""
    offered = _offered(code, visitor_of(request))
    item = offered[0].sku.product
    context = {
        "product": item,
        "selection": _selection(request.GET, offered),
        "time": delivery_time(item.kind, item.speed),
    }
    return render(request, "kalegou/_product_pay.html", context)


def _offered(code: str, visitor: Visitor) -> list[Choice]:
    offered = choices(
        sellable_skus().filter(product__code=code).order_by("position", "pk"), visitor.member
    )
    if not offered:
        raise Http404(_("There is no such product on sale."))
    return offered


def _selection(data: Mapping[str, str], offered: list[Choice]) -> Selection:
    """The chosen SKU and quantity; nonsense falls back to what the page would show first."""
    available = [choice for choice in offered if choice.is_available]
    code = typed(data, "sku", max_length=MAX_CODE_LENGTH)
    chosen = next((choice for choice in available if choice.sku.code == code), None)
    if chosen is None and available:
        chosen = available[0]
    text = data.get("quantity", "")
    quantity = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 1
    if chosen is not None:
        quantity = min(max(quantity, chosen.sku.min_quantity), chosen.sku.max_quantity)
    return Selection(chosen, quantity)


def _quantity(form: ProductForm) -> int:
    return int(form.cleaned_data.get("quantity") or 1)


def _problem(sku: SKU, quantity: int, offered: list[Choice]) -> str:
    """Why this can't be bought right now, before anybody pays; empty when it can."""
    choice = next(choice for choice in offered if choice.sku.pk == sku.pk)
    if choice.is_sold_out:
        return _("Sold out for now. Choose another one, or come back later.")
    if not choice.is_available:
        return _("Under maintenance: it can't be delivered right now. Please come back later.")
    if not sku.min_quantity <= quantity <= sku.max_quantity:
        return _("Choose a quantity between %(min)d and %(max)d.") % {
            "min": sku.min_quantity,
            "max": sku.max_quantity,
        }
    if choice.left is not None and choice.left < quantity:
        return _("Only %(left)d are left. Choose fewer.") % {"left": choice.left}
    return ""


def _draft(form: ProductForm) -> Draft:
    return Draft(
        sku_code=form.cleaned_data["sku"].code,
        quantity=_quantity(form),
        account=form.cleaned_data["account"],
    )
