"""Where gateways call us."""

from __future__ import annotations

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments import registry, services
from payments.errors import UnknownGateway
from payments.gateways.base import CallbackRefused, CallbackReply, CallbackRequest, RefundNotice
from payments.nonces import is_replayed

log = structlog.get_logger(__name__)


@csrf_exempt  # verified by the gateway's signature
@require_POST
def callback(request: HttpRequest, gateway: str) -> HttpResponse:
    """Verify, act once, and answer in the gateway's own words."""
    try:
        client = registry.gateway(gateway)
    except UnknownGateway:
        raise Http404 from None
    received = _as_received(request)
    try:
        notice = client.parse_callback(received)
    except CallbackRefused as refusal:
        log.warning("callback_refused", gateway=gateway, why=str(refusal))
        return _reply(client.refused_reply)
    if is_replayed(gateway, client.callback_nonce(received)):
        log.warning("callback_replayed", gateway=gateway)
        return _reply(client.refused_reply)
    if isinstance(notice, RefundNotice):
        services.apply_refund_outcome(refund_no=notice.refund_no, outcome=notice.outcome)
    elif notice is not None:
        try:
            services.settle(gateway=gateway, notice=notice)
        except services.NoticeMismatch:
            log.error("notice_mismatch", gateway=gateway, payment_no=notice.payment_no)
            return _reply(client.refused_reply)
    return _reply(client.accepted_reply)


def _as_received(request: HttpRequest) -> CallbackRequest:
    body = request.body  # before POST: a multipart body can be read once only
    return CallbackRequest(
        method=request.method or "",
        query=request.GET.dict(),
        form=request.POST.dict() if "form" in (request.content_type or "") else {},
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )


def _reply(reply: CallbackReply) -> HttpResponse:
    return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)
