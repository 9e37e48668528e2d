"""The calls of the docking protocol: read the call, ask one service or query, answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from catalog.models import Product
from kameng.api.errors import BuyingNotAllowed
from kameng.api.parsing import MAX_BODY_BYTES
from kameng.api.throttling import must_be_within, spend
from kameng.docking import goods, shapes
from kameng.docking.authentication import key_of
from kameng.docking.errors import DockingError, translated
from kameng.docking.reading import read_order, read_page
from kameng.models import ApiKey
from kameng.queries.api import account_state, orders_for_api
from kameng.services.codes import reveal_codes
from kameng.services.docking import place_docked_order
from orders.models import Order
from suppliers.adapters.dujiao_wire import PROTOCOL_VERSION
from users.errors import PersonError

log = structlog.get_logger(__name__)

Answer = Mapping[str, Any]
Call = Callable[..., Answer]
View = Callable[..., JsonResponse]


def _call(method: str) -> Callable[[Call], View]:
    """A view of this protocol: signed, counted, and answering in its envelope whatever happens."""

    def decorate(call: Call) -> View:
        @csrf_exempt  # verified by the signature
        @wraps(call)
        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
            with translation.override(settings.LANGUAGE_CODE):
                try:
                    answer = {"ok": True, **_answer(request, *args, **kwargs)}
                    return _told(answer, 200)
                except PersonError as refusal:
                    return _refused(translated(refusal))
                except DockingError as refusal:
                    return _refused(refusal)
                except Exception as error:
                    log.exception("docking_call_crashed", exc_info=error)
                    return _refused(
                        DockingError("internal_error", 500, "Our mistake. Send it again later.")
                    )

        def _answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Answer:
            if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
                raise DockingError("bad_request", 413, "The body is too large.")
            key = key_of(request)
            must_be_within(spend(key.key_id, is_write=call is create_order_call))
            if request.method != method:
                raise DockingError("bad_request", 405, f"This address only takes {method}.")
            return call(request, key, *args, **kwargs)

        return view

    return decorate


def _told(document: Answer, status: int) -> JsonResponse:
    response = JsonResponse(document, status=status, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    return response


def _refused(refusal: DockingError) -> JsonResponse:
    told = {"ok": False, "error_code": refusal.code, "error_message": refusal.message}
    return _told(told, refusal.status)


@_call("POST")
def ping(request: HttpRequest, key: ApiKey) -> Answer:
    state = account_state(key.agent, key.channel)
    tier = key.agent.tier
    return {
        "site_name": request.get_host(),
        "protocol_version": PROTOCOL_VERSION,
        "user_id": key.agent.user_id,
        "balance": shapes.balance(state.balance),
        "currency": state.currency,
        "member_level": {
            "id": tier.pk,
            "name": {"zh-CN": tier.name, "en": tier.code},
            "slug": tier.code,
            "icon": "",
        },
    }


@_call("GET")
def categories(request: HttpRequest, key: ApiKey) -> Answer:
    return {"categories": goods.categories()}


@_call("GET")
def products(request: HttpRequest, key: ApiKey) -> Answer:
    page, size = read_page(request.GET)
    items, total = goods.product_page(key.agent, page=page, size=size)
    return {"items": items, "total": total, "page": page, "page_size": size}


@_call("GET")
def product(request: HttpRequest, key: ApiKey, product_id: int) -> Answer:
    found = goods.one_product(key.agent, product_id)
    if found is None:
        if Product.objects.filter(pk=product_id).exists():
            raise DockingError("product_unavailable", 404, "This product isn't on sale.")
        raise DockingError("product_not_found", 404, "There is no such product.")
    return {"product": found}


def create_order_call(request: HttpRequest, key: ApiKey) -> Answer:
    if not key.can_buy:
        raise BuyingNotAllowed
    order = place_docked_order(key=key, asked=read_order(request))
    return shapes.placed(order)


create_order = _call("POST")(create_order_call)


@_call("GET")
def order(request: HttpRequest, key: ApiKey, order_id: int) -> Answer:
    found = _order(key, order_id)
    cards = []
    if found.status in shapes.DELIVERED and found.kind == "card":
        cards = reveal_codes(agent=key.agent, order=found, how=f"api, key {key.key_id}")
    return shapes.detail(found, cards)


@_call("POST")
def cancel(request: HttpRequest, key: ApiKey, order_id: int) -> Answer:
    """Orders are paid and under way at once: only what has failed already is canceled."""
    found = _order(key, order_id)
    status = shapes.STATUSES[found.status]  # type: ignore[index]
    if status != "canceled":
        raise DockingError("cancel_not_allowed", 409, "The order is paid and under way.")
    return {"order_id": found.pk, "order_no": found.order_no, "status": status}


def _order(key: ApiKey, order_id: int) -> Order:
    found = (
        orders_for_api(key.agent, key.channel)
        .select_related("sku__product")
        .filter(pk=order_id)
        .first()
    )
    if found is None:
        raise DockingError("order_not_found", 404, "There is no such order.")
    return found


def not_found(request: HttpRequest, *args: object, **kwargs: object) -> JsonResponse:
    return _refused(DockingError("bad_request", 404, "There is no such address."))
