"""What the API answers about batches."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kameng.api.describing import ProblemSerializer
from kameng.api.serializers import AmountField
from kameng.models import BatchLine
from kameng.queries.batches import BatchState
from orders.models import OrderStatus

LINE_STATES = [
    ("waiting", _("It has not had its turn.")),
    ("placed", _("There is an order.")),
    ("refused", _("There is none, and nothing was charged.")),
]
BATCH_STATES = [("working", _("Lines are waiting.")), ("finished", _("No line is waiting."))]


class BatchLineSerializer(serializers.Serializer[BatchLine]):
    line = serializers.IntegerField(source="place", help_text=_("From 1, in the order sent."))
    client_ref = serializers.CharField()
    state = serializers.ChoiceField(choices=LINE_STATES)
    order_no = serializers.CharField(source="order.order_no", allow_null=True, default=None)
    order_status = serializers.ChoiceField(
        source="order.status",
        choices=OrderStatus.choices,
        allow_null=True,
        default=None,
        help_text=_("Where the order is now."),
    )
    total = AmountField(source="order.total", allow_null=True, default=None)
    problem = serializers.SerializerMethodField(help_text=_("Why it was refused."))

    @extend_schema_field(ProblemSerializer(allow_null=True))
    def get_problem(self, line: BatchLine) -> dict[str, object] | None:
        problem: dict[str, object] | None = line.problem
        return problem


class BatchSerializer(serializers.Serializer[BatchState]):
    batch_no = serializers.CharField(source="batch.batch_no")
    batch_ref = serializers.CharField(source="batch.batch_ref")
    status = serializers.ChoiceField(choices=BATCH_STATES)
    total_lines = serializers.SerializerMethodField()
    waiting = serializers.SerializerMethodField()
    placed = serializers.SerializerMethodField()
    refused = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="batch.created_at")
    finished_at = serializers.DateTimeField(source="batch.finished_at", allow_null=True)
    lines = BatchLineSerializer(many=True)

    def get_total_lines(self, state: BatchState) -> int:
        return len(state.lines)

    def get_waiting(self, state: BatchState) -> int:
        return state.count("waiting")

    def get_placed(self, state: BatchState) -> int:
        return state.count("placed")

    def get_refused(self, state: BatchState) -> int:
        return state.count("refused")


def batch_document(state: BatchState) -> Any:
    return BatchSerializer(state).data
