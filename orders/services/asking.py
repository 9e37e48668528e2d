"""Asking a supplier what became of a fulfilment whose outcome isn't known yet."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from orders.models import UNDECIDED, Fulfilment
from orders.services.outcomes import apply_outcome
from suppliers.registry import adapter_of

ANSWER_WITHIN = timedelta(seconds=60)


def ask_supplier(*, fulfilment_id: int, query_count: int) -> None:
    """Query one fulfilment and apply the answer. Holds no transaction over the call.

    `query_count` is what the hint saw: the first to count the query up may ask, so hints that come
    twice or at once ask once. If the worker dies while asking, the fulfilment is due again after
    a minute.
    """
    mine = Fulfilment.objects.filter(pk=fulfilment_id)
    if not mine.filter(query_count=query_count).update(query_count=query_count + 1):
        return
    # A decided one is asked about too, when its supplier calls again: that is how a late success
    # is found. Only an undecided one is due again.
    mine.filter(status__in=UNDECIDED).update(next_query_at=timezone.now() + ANSWER_WITHIN)
    fulfilment = Fulfilment.objects.select_related("supplier").get(pk=fulfilment_id)
    outcome = adapter_of(fulfilment.supplier).query(fulfilment.fulfilment_no)
    apply_outcome(fulfilment_id=fulfilment_id, outcome=outcome, source="query")
