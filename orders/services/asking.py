"""Asking a supplier what became of a fulfilment whose outcome isn't known yet."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from orders.models import UNDECIDED, Fulfilment
from orders.services.outcomes import apply_outcome
from suppliers.registry import adapter_of

ANSWER_WITHIN = timedelta(seconds=60)


def ask_supplier(*, fulfilment_id: int) -> None:
    """Query one undecided fulfilment and apply the answer. Holds no transaction over the call.

    Claims the query first by pushing `next_query_at` ahead, so two workers rarely ask at once;
    if they do, or one dies, nothing is lost: outcomes may repeat.
    """
    now = timezone.now()
    claimed = Fulfilment.objects.filter(
        pk=fulfilment_id, status__in=UNDECIDED, next_query_at__lte=now + ANSWER_WITHIN
    ).update(next_query_at=now + ANSWER_WITHIN, query_count=F("query_count") + 1)
    if not claimed:
        return
    fulfilment = Fulfilment.objects.select_related("supplier").get(pk=fulfilment_id)
    outcome = adapter_of(fulfilment.supplier).query(fulfilment.fulfilment_no)
    apply_outcome(fulfilment_id=fulfilment_id, outcome=outcome, source="query")
