"""The exchange shop: goods for points."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from catalog.models import DeliveryKind
from catalog.queries import sellable_skus
from kalegou.availability import Choice, choices
from kalegou.forms import ProductForm
from kalegou.models import ExchangeItem, Member
from kalegou.promises import delivery_time
from kalegou.services import exchange
from kalegou.visitors import visitor_of
from users.errors import PersonError

MOST_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer with what it would cost in money, and whether these points suffice."""

    item: ExchangeItem
    choice: Choice
    balance: int

    @property
    def is_available(self) -> bool:
        return self.choice.is_available and self.item.left != 0

    @property
    def missing(self) -> int:
        """Points that one of it takes beyond the balance."""
        return max(self.item.points - self.balance, 0)


@require_safe
@never_cache
def shelf(request: HttpRequest) -> HttpResponse:
    """Everything that is open, for members and for whoever is curious."""
    member = visitor_of(request).member
    shown = _shown(member, _open_items())
    return render(request, "kalegou/exchange.html", {"member": member, "items": shown})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows one offer; POST takes it, once, however often it is pressed."""
    visitor = visitor_of(request)
    assert visitor.member is not None
    assert visitor.user is not None
    found = _shown(visitor.member, _open_items().filter(pk=pk))
    if not found:
        raise Http404(_("There is no such product on sale."))
    shown = found[0]
    form = _form(request, shown)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            placed = exchange(
                buyer=visitor.user,
                item=shown.item,
                quantity=int(form.cleaned_data.get("quantity") or 1),
                account=form.cleaned_data["account"],
                client_ref=form.cleaned_data["ref"],
                seen_points=form.cleaned_data["seen_points"],
            )
        except PersonError as error:
            if error.field in form.fields:
                form.add_error(error.field, str(error))
            refusal = "" if error.field in form.fields else str(error)
        else:
            return redirect("kalegou:order", placed.order.order_no)
    context = {
        "member": visitor.member,
        "shown": shown,
        "product": shown.choice.sku.product,
        "form": form,
        "refusal": refusal,
        "time": delivery_time(shown.choice.sku.kind, shown.choice.sku.product.speed),
    }
    status = 422 if form.errors or refusal else 200
    return render(request, "kalegou/exchange_item.html", context, status=status)


class ExchangeForm(ProductForm):
    """`ref` makes pressing twice one order; `seen_points` is the price that the page showed."""

    ref = forms.RegexField(r"^[a-f0-9]{32}$", widget=forms.HiddenInput)
    seen_points = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


def _form(request: HttpRequest, shown: Shown) -> ExchangeForm:
    sku = shown.choice.sku
    fields = list(sku.product.account_fields.all()) if sku.kind == DeliveryKind.TOPUP else []
    initial = {
        "sku": sku.code,
        "quantity": sku.min_quantity,
        "ref": secrets.token_hex(16),
        "seen_points": shown.item.points,
    }
    form = ExchangeForm(request.POST or None, skus=[sku], fields=fields, initial=initial)
    form.fields["sku"].widget = forms.HiddenInput()
    quantity = form.fields.get("quantity")
    if isinstance(quantity, forms.IntegerField):
        most = [MOST_AT_ONCE, sku.max_quantity, shown.item.per_member, shown.item.left]
        quantity.max_value = max(min(one for one in most if one is not None), 1)
        quantity.widget.attrs["max"] = quantity.max_value
    return form


def _open_items() -> QuerySet[ExchangeItem]:
    now = timezone.now()
    running = Q(ends_at=None) | Q(ends_at__gt=now)
    return ExchangeItem.objects.filter(
        running, is_open=True, starts_at__lte=now, sku__in=sellable_skus().values("pk")
    )


def _shown(member: Member | None, items: QuerySet[ExchangeItem]) -> list[Shown]:
    """With prices and availability, in the order of the shelf. Four queries."""
    listed = list(items)
    skus = sellable_skus().filter(pk__in=[one.sku_id for one in listed])
    skus = skus.prefetch_related("product__account_fields")
    by_sku = {choice.sku.pk: choice for choice in choices(skus, None)}
    points = int(member.points.balance or 0) if member else 0
    return [Shown(one, by_sku[one.sku_id], points) for one in listed if one.sku_id in by_sku]
