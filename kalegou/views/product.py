"""One product: what to choose, when it comes, what stands behind it, what happens if it fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.authorisation import contracts_of
from catalog.models import SKU, DeliveryKind, Product
from catalog.queries import sellable_skus
from kalegou.availability import Choice, choices
from kalegou.drafts import Draft
from kalegou.forms import ACCOUNT_PREFIX, ProductForm
from kalegou.measured import Measured, measured_of_product
from kalegou.models import RestockWish
from kalegou.promises import delivery_promise, delivery_time
from kalegou.scenes import shown_scenes
from kalegou.services.restocking import forget_wish, wish_for
from kalegou.shelves import is_phone_topup, recommended
from kalegou.topups import MAX_CODE_LENGTH
from kalegou.typed import typed
from kalegou.views.topup import redirect_to_checkout
from kalegou.visitors import Visitor, visitor_of
from orders.money import total_of
from users.errors import PersonError
from users.models import User


@dataclass(frozen=True, slots=True)
class Selection:
    """What is chosen on a product's page so far, for its total."""

    choice: Choice | None
    quantity: int

    @property
    def total(self) -> Decimal | None:
        return total_of(self.choice.price, self.quantity) if self.choice else None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sold-out SKU, and whether this member has asked to be told."""

    choice: Choice
    is_asked: bool


@require_http_methods(["GET", "HEAD", "POST"])
def product(request: HttpRequest, code: str) -> HttpResponse:
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
    context = _facts(item, selection) | {
        "choices": offered,
        "form": form,
        "problem": problem,
        "promise": delivery_promise(item.kind, item.speed),
        "contracts": contracts_of(item) if item.is_official else [],
        "waiting": _waiting(offered, visitor.user),
        "recommended": recommended(item, visitor.member, shown_scenes()),
    }
    return render(request, "kalegou/product.html", context, status=422 if problem else 200)


@require_safe
def total(request: HttpRequest, code: str) -> HttpResponse:
    """What follows the choice on a product's page: stock, measured time, the pay bar."""
    offered = _offered(code, visitor_of(request))
    item = offered[0].sku.product
    context = _facts(item, _selection(request.GET, offered))
    return render(request, "kalegou/_product_total.html", context)


@require_POST
@login_required
def wish(request: HttpRequest, code: str) -> HttpResponse:
    """Tell me when it's back, or don't any more; then the product's page says which."""
    assert isinstance(request.user, User)
    sku = get_object_or_404(
        sellable_skus(),
        product__code=code,
        code=typed(request.POST, "sku", max_length=MAX_CODE_LENGTH),
    )
    if request.POST.get("forget"):
        forget_wish(user=request.user, sku=sku)
        messages.info(request, _("You don't wait for it any more."))
    else:
        try:
            wish_for(user=request.user, sku=sku)
        except PersonError as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(
                request, _("We'll tell you as soon as it's back: in your notices, and by mail.")
            )
    return redirect("kalegou:product", code=code)


def _facts(item: Product, selection: Selection) -> dict[str, Any]:
    """What is shown of a product and of what is chosen of it."""
    measured = measured_of_product(item.pk)
    of_sku: Measured | None = measured.of_sku(selection.choice.sku.pk if selection.choice else None)
    return {
        "product": item,
        "selection": selection,
        "time": delivery_time(item.kind, item.speed),
        "measured": of_sku or measured.product,
        "is_of_sku": of_sku is not None,
    }


def _offered(code: str, visitor: Visitor) -> list[Choice]:
    offered = choices(
        sellable_skus().filter(product__code=code).order_by("position", "pk"), visitor.member
    )
    if not offered:
        raise Http404(_("There is no such product on sale."))
    return offered


def _waiting(offered: list[Choice], user: User | None) -> list[Waiting]:
    """What is sold out, for "tell me when it's back". One query at most."""
    sold_out = [choice for choice in offered if choice.is_sold_out]
    if not sold_out:
        return []
    wishes = RestockWish.objects.filter(
        user=user, told_at=None, sku__in=[choice.sku.pk for choice in sold_out]
    )
    asked = set(wishes.values_list("sku_id", flat=True)) if user else set()
    return [Waiting(choice, choice.sku.pk in asked) for choice in sold_out]


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
