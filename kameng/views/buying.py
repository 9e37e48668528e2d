"""Buying: product → confirmation → order, and an earlier order once more."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.errors import OutOfStock
from catalog.models import Product
from catalog.phone_numbers import PhoneInfo, recognise
from catalog.queries import sellable_skus
from kameng.access import active_agents_only, page, spendable
from kameng.forms.buying import ACCOUNT_PREFIX, BuyForm, new_client_ref, total
from kameng.models import Agent, Favourite
from kameng.queries.goods import Ware, product_on_sale, wares
from kameng.queries.orders import orders_of
from ledger.errors import InsufficientBalance
from orders.errors import IdempotencyConflict, SupplierClosed
from orders.models import Channel
from orders.services import place_order
from ui.formats import as_decimal
from users.errors import PersonError


@require_safe
@active_agents_only
def product(request: HttpRequest, agent: Agent, code: str) -> HttpResponse:
    goods = _product_or_404(code)
    chosen = request.GET.get("sku") or (code if code != goods.code else "")
    initial: dict[str, object] = {"sku": chosen, "client_ref": new_client_ref()}
    if (quantity := request.GET.get("quantity", "")).isdecimal() and len(quantity) < 8:
        initial["quantity"] = int(quantity)
    return _show(request, agent, _form(agent, goods, initial=initial))


@require_safe
@active_agents_only
def again(request: HttpRequest, agent: Agent, order_no: str) -> HttpResponse:
    """An earlier order once more, at today's price: straight to its confirmation, if it can be."""
    earlier = get_object_or_404(orders_of(agent.user), order_no=order_no)
    goods = product_on_sale(earlier.sku.code)
    if goods is None or not sellable_skus().filter(pk=earlier.sku_id).exists():
        messages.warning(request, _("These goods aren't sold any more. Nothing was charged."))
        return redirect("kameng:catalogue")
    account = {ACCOUNT_PREFIX + name: value for name, value in earlier.account.items()}
    data = {
        "sku": earlier.sku.code,
        "quantity": str(earlier.quantity),
        "client_ref": new_client_ref(),
        **account,
    }
    return _reviewed(request, agent, _form(agent, goods, data=data))


@require_POST
@active_agents_only
def review(request: HttpRequest, agent: Agent, code: str) -> HttpResponse:
    """First press: check everything, and show what will be charged to whom. Moves no money."""
    form = _form(agent, _product_or_404(code), data=request.POST)
    if "change" in request.POST:
        return _show(request, agent, form)
    return _reviewed(request, agent, form)


def _reviewed(request: HttpRequest, agent: Agent, form: BuyForm) -> HttpResponse:
    """What would be charged to whom, or what is in the way of it."""
    if not form.is_valid():
        return _show(request, agent, form, status=422)
    try:
        _must_be_possible(agent, form)
    except PersonError as refusal:
        form.add_refusal(refusal)
        return _show(request, agent, form, status=refusal.status)
    return page(request, agent, "confirm", _quoted(agent, form))


def _must_be_possible(agent: Agent, form: BuyForm) -> None:
    """Tell early what placing the order would refuse; placing it decides all the same."""
    ware = form.wares[form.cleaned_data["sku"]]
    if not ware.is_open:
        raise SupplierClosed(field="sku")
    if ware.stock is not None and ware.stock < form.units:
        raise OutOfStock(field="quantity")
    if total(ware, form.units) > spendable(agent):
        raise InsufficientBalance


@require_POST
@active_agents_only
def buy(request: HttpRequest, agent: Agent, code: str) -> HttpResponse:
    """Second press: place the order, once, at no more than the price that was shown."""
    form = _form(agent, _product_or_404(code), data=request.POST)
    if not form.is_valid():
        return _show(request, agent, form, status=422)
    seen_price = as_decimal(request.POST.get("unit_price"))
    if seen_price is None:
        return page(request, agent, "confirm", _quoted(agent, form))
    try:
        placed = place_order(
            channel=Channel.WHOLESALE,
            buyer=agent.user,
            sku=form.wares[form.cleaned_data["sku"]].sku,
            quantity=form.units,
            client_ref=form.cleaned_data["client_ref"],
            account=form.account,
            max_unit_price=seen_price,
        )
    except PersonError as refusal:
        form.add_refusal(refusal)
        if isinstance(refusal, IdempotencyConflict):
            form.renew()
        return _show(request, agent, form, status=refusal.status)
    if not placed.is_new:
        messages.info(request, _("This order was placed before. Nothing was charged again."))
    return redirect("kameng:order", placed.order.order_no)


@require_safe
@active_agents_only
def quote(request: HttpRequest, agent: Agent, code: str) -> HttpResponse:
    """The total while typing (htmx): checks nothing that isn't finished yet."""
    form = _form(agent, _product_or_404(code), data=request.GET)
    return render(request, "kameng/_quote.html", _quoted(agent, form))


def _product_or_404(code: str) -> Product:
    goods = product_on_sale(code)
    if goods is None:
        raise Http404(code)
    return goods


def _form(agent: Agent, goods: Product, **options: Any) -> BuyForm:
    skus = list(sellable_skus().filter(product=goods).order_by("position", "id"))
    if not skus:
        raise Http404(goods.code)
    return BuyForm(goods, wares(agent, skus), **options)


def _show(request: HttpRequest, agent: Agent, form: BuyForm, status: int = 200) -> HttpResponse:
    return page(request, agent, "product", _quoted(agent, form), status=status)


def _quoted(agent: Agent, form: BuyForm) -> dict[str, object]:
    ware = form.chosen()
    quantity = _quantity(form)
    amount = total(ware, quantity) if ware and quantity else None
    left = spendable(agent) - amount if amount is not None else None
    stock = ware.stock if ware else None
    return {
        "form": form,
        "is_favourite": _is_favourite(agent, ware),
        "agent_balance": spendable(agent),
        "product": form.product,
        "ware": ware,
        "quantity": quantity,
        "total": amount,
        "saved": ware.quote.saved * quantity if ware and quantity else None,
        "balance_after": left,
        "is_short": stock is not None and quantity is not None and 0 < stock < quantity,
        "is_affordable": left is None or left >= 0,
        "phone_info": _phone_info(form),
    }


def _is_favourite(agent: Agent, ware: Ware | None) -> bool:
    return ware is not None and Favourite.objects.filter(agent=agent, sku=ware.sku).exists()


def _quantity(form: BuyForm) -> int | None:
    """The quantity typed so far, if it is one."""
    if "quantity" not in form.fields:
        return 1
    try:
        quantity: int = form.fields["quantity"].clean(form["quantity"].value())
    except ValidationError:
        return None
    return quantity


def _phone_info(form: BuyForm) -> PhoneInfo | None:
    """What is known of the number typed so far."""
    name = f"{ACCOUNT_PREFIX}phone"
    return recognise(str(form[name].value() or "")) if name in form.fields else None
