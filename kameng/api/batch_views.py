"""Batches of orders."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import get_language
from rest_framework.request import Request
from rest_framework.response import Response

from kameng.api import batch_schema
from kameng.api.batch_inputs import MAX_BODY_BYTES, read_batch
from kameng.api.batch_serializers import batch_document
from kameng.api.errors import UnknownBatch
from kameng.api.views import SignedView
from kameng.queries.batches import BatchState, batch_of, batch_state
from kameng.services.batches import take_batch

ASK_AGAIN_SECONDS = 2


class BatchesView(SignedView):
    works_in_sandbox = True
    max_body_bytes = MAX_BODY_BYTES

    @batch_schema.place_batch
    def post(self, request: Request) -> Response:
        self.caller.must_be_allowed_to_buy()
        asked = read_batch(request.data)
        taken = take_batch(
            key=self.caller.key,
            batch_ref=asked.batch_ref,
            orders=asked.orders,
            language=get_language() or "",
        )
        return _told(
            batch_state(taken.batch), HTTPStatus.CREATED if taken.is_new else HTTPStatus.OK
        )


class BatchView(SignedView):
    works_in_sandbox = True

    @batch_schema.batch
    def get(self, request: Request, batch_no: str) -> Response:
        found = batch_of(self.caller.key, batch_no) if batch_no.isprintable() else None
        if found is None:
            raise UnknownBatch
        return _told(found, HTTPStatus.OK, accepted=HTTPStatus.OK)


def _told(
    state: BatchState, status: HTTPStatus, *, accepted: HTTPStatus = HTTPStatus.ACCEPTED
) -> Response:
    """202 while lines are waiting: ask again."""
    is_waiting = state.status == "working"
    response = Response(batch_document(state), status=accepted if is_waiting else status)
    response["Location"] = f"/api/v1/batches/{state.batch.batch_no}"
    if is_waiting:
        response["Retry-After"] = str(ASK_AGAIN_SECONDS)
    return response
