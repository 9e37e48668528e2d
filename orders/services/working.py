"""One supplier's work: a Celery queue of its own, and a share of a worker's slots.

The attempts that are due are rows (`Fulfilment.due_at`); a message in a supplier's queue only says
"there is work". Who takes it claims one row, does it, and says so again if there is more. So a
message may be lost, late or doubled, and what is done first is decided by the rows: fast goods
before slow ones, then what is due longest.

A supplier that doesn't answer holds slots of a worker until its time-outs end the calls. It never
gets all of them (outbound/slots.py): a message that finds no slot is dropped, since whoever holds
one looks for more work before it goes, and the sweeper is behind both.
"""

from __future__ import annotations

from django.utils import timezone

from orders.models import Fulfilment
from orders.services.hinting import hint_work
from orders.services.sending import do_one
from outbound.slots import slots
from suppliers.models import Supplier


def work(*, supplier_id: int) -> None:
    """Do one thing that is due for a supplier, if a slot is free, and hint at the next.

    Safe to run twice, late, or at once in many workers: a row is claimed by one of them.
    """
    with slots.taken(supplier_id) as is_ours:
        did_something = is_ours and do_one(supplier_id=supplier_id)
    if did_something and _has_more(supplier_id):
        code = Supplier.objects.values_list("code", flat=True).get(pk=supplier_id)
        hint_work(supplier_id, code)


def _has_more(supplier_id: int) -> bool:
    return Fulfilment.objects.filter(supplier=supplier_id, due_at__lte=timezone.now()).exists()
