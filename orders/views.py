"""Where suppliers call us."""

from __future__ import annotations

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from orders import services
from orders.models import Fulfilment
from orders.services.evidence import kept_exchanges
from outbound.recording import KEPT_BYTES, Exchange
from suppliers.adapters.base import CallbackRefused, CallbackRequest
from suppliers.models import Supplier
from suppliers.outcomes import Outcome, OutcomeKind
from suppliers.registry import adapter_of

log = structlog.get_logger(__name__)


@csrf_exempt  # verified by the supplier's signature
@require_http_methods(["GET", "POST"])
def supplier_callback(request: HttpRequest, supplier_code: str) -> HttpResponse:
    """Verify a supplier's callback and hand its outcome to the one door; replays are harmless."""
    supplier = Supplier.objects.filter(code=supplier_code).first()
    if supplier is None or supplier.is_stock:
        raise Http404
    body = request.body  # before POST: a multipart body can be read once only
    try:
        result = adapter_of(supplier).parse_callback(
            CallbackRequest(
                method=request.method or "",
                query=request.GET.dict(),
                form=request.POST.dict() if request.method == "POST" else {},
                headers={name.lower(): value for name, value in request.headers.items()},
                body=body,
            )
        )
    except CallbackRefused as refusal:
        log.warning("callback_refused", supplier=supplier_code, why=str(refusal))
        return HttpResponse("refused", status=400, content_type="text/plain")
    if not result.fulfilment_no:  # a notice about goods: nothing of an order
        return HttpResponse(result.reply, content_type="text/plain; charset=utf-8")
    fulfilment = (
        Fulfilment.objects.select_related("order", "supplier")
        .filter(fulfilment_no=result.fulfilment_no, supplier=supplier)
        .first()
    )
    if fulfilment is None:
        log.warning("callback_for_unknown", supplier=supplier_code)
        return HttpResponse("unknown", status=404, content_type="text/plain")
    heard = kept_exchanges([_heard(request, body, result.reply)], supplier)
    if result.outcome is None or _lacks_codes(fulfilment, result.outcome):
        # The protocol doesn't sign the status, or the codes come by query only: a reason to ask.
        services.note_callback(fulfilment=fulfilment, exchanges=heard)
    else:
        services.apply_outcome(
            fulfilment_id=fulfilment.pk,
            outcome=result.outcome,
            source="callback",
            exchanges=heard,
        )
    return HttpResponse(result.reply, content_type="text/plain; charset=utf-8")


def _lacks_codes(fulfilment: Fulfilment, outcome: Outcome) -> bool:
    """Whether a callback says that cards were delivered, but doesn't hand them over."""
    is_delivered = outcome.kind == OutcomeKind.DELIVERED
    return is_delivered and fulfilment.order.kind == "card" and not outcome.cards


def _heard(request: HttpRequest, body: bytes, reply: str) -> Exchange:
    """The callback as evidence: what the supplier sent, and what we answered."""
    heard = Exchange(request.method or "", request.get_full_path(), body[:KEPT_BYTES])
    heard.answered(200, reply.encode())
    return heard
