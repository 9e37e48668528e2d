"""What the schema says of the calls about batches."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from kameng.api import examples
from kameng.api.batch_inputs import BatchInput
from kameng.api.batch_serializers import BatchSerializer
from kameng.api.describing import answer, call

place_batch = call(
    operation_id="place_batch",
    summary=_("Place many orders"),
    description=_(
        "Up to 1,000 orders in one call of at most 1 MiB. Each line is an order of its own, with a"
        " `client_ref` of its own, placed in its turn and paid from your wallet then: one that is"
        " refused (sold out, balance too low, a number that can't be) has its `problem` and costs"
        " nothing, and the others go on. When the balance runs out midway, the rest is refused with"
        " `insufficient_balance`, unless a later, cheaper line can still be paid: top up and send"
        " those lines again, with the same `client_ref`, in a new batch. A few lines are placed at"
        " once; for more the answer is 202: ask for the batch until it is `finished`. The same"
        " `batch_ref` with the same content gives the same batch back. What isn't shaped as the"
        " schema says is refused as a whole, before anything is done. At most five batches of an"
        " agent are under way at once."
    ),
    request=BatchInput,
    answers={
        201: answer(
            BatchSerializer, _("All lines were placed or refused."), finished=examples.BATCH
        ),
        202: answer(
            BatchSerializer, _("Taken; lines are waiting."), working=examples.WORKING_BATCH
        ),
        200: answer(
            BatchSerializer, _("The batch that this request had made."), repeat=examples.BATCH
        ),
    },
    errors=(
        "buying_not_allowed",
        "limit_exceeded",
        "idempotency_conflict",
        "too_large",
        "unsupported_media_type",
        "invalid",
    ),
    examples=[OpenApiExample("batch", examples.BATCH_REQUEST, request_only=True)],
)
batch = call(
    operation_id="get_batch",
    summary=_("One batch"),
    description=_("What became of each line, and where its order is now."),
    answers={
        200: answer(
            BatchSerializer,
            _("The batch."),
            finished=examples.BATCH,
            working=examples.WORKING_BATCH,
        )
    },
    errors=("unknown_batch",),
    parameters=[OpenApiParameter("batch_no", str, OpenApiParameter.PATH)],
)
