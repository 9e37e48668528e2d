"""Changing a SKU's list price: storefronts above, whose prices hang on it, may refuse.

They come through the door `settings.LIST_PRICE_RAILS`: a list of dotted paths to context managers
`(sku_ids, actor)` that stand around the save, in its transaction, and raise a PersonError.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from catalog.models import SKU
from users.models import User

Rail = Callable[[Collection[int], User | None], AbstractContextManager[None]]


@contextmanager
def guarded_list_prices(sku_ids: Collection[int], *, actor: User | None) -> Iterator[None]:
    """Everything that is saved inside is taken back when a storefront refuses the new prices."""
    with transaction.atomic(), ExitStack() as stack:
        for path in settings.LIST_PRICE_RAILS:
            rail: Rail = import_string(path)
            stack.enter_context(rail(sku_ids, actor))
        yield


def try_list_price(sku: SKU, price: Decimal) -> None:
    """Whether this price could be saved: raises what refuses it. Changes nothing."""
    with transaction.atomic():
        with guarded_list_prices([sku.pk], actor=None):
            SKU.objects.filter(pk=sku.pk).update(list_price=price)
        transaction.set_rollback(True)
