"""What an account may be: the database refuses the rest, when it is made and afterwards."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from django.db import IntegrityError, transaction

from ledger.models import GUARDED_KINDS, PLAY_KINDS, Account, AccountKind, Unit

pytestmark = pytest.mark.django_db


def _may_be(kind: str, unit: str, *, is_guarded: bool) -> bool:
    is_lawful_money = kind in PLAY_KINDS if unit == Unit.PLAY else kind != AccountKind.PLAY_ISSUED
    return is_lawful_money and is_guarded == (kind in GUARDED_KINDS)


@pytest.mark.parametrize("kind", AccountKind.values)
def test_an_account_is_what_its_kind_says(kind: str) -> None:
    for unit, is_guarded in product(Unit.values, (True, False)):
        balance = Decimal(0) if is_guarded else None
        account = Account(
            kind=kind, scope="rules", unit=unit, is_guarded=is_guarded, balance=balance
        )
        if _may_be(kind, unit, is_guarded=is_guarded):
            account.save()
            continue
        with pytest.raises(IntegrityError, match="no account may be"), transaction.atomic():
            account.save()


@pytest.mark.parametrize("change", [{"is_guarded": False, "balance": None}, {"unit": Unit.PLAY}])
def test_an_account_stays_what_it_is(change: dict[str, object]) -> None:
    points = Account.objects.create(
        kind=AccountKind.POINTS, unit=Unit.POINT, is_guarded=True, balance=Decimal(0)
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(pk=points.pk).update(**change)
