"""The names of accounts: every account of the books is built here and nowhere else.

Each function returns the account's key, making the account if it doesn't exist yet. Keys of open
accounts never change, so a process remembers them.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from ledger.models import GUARDED_KINDS, Account, AccountKind, Unit
from users.models import User


def _key(
    kind: AccountKind, scope: str = "", owner: User | None = None, unit: Unit = Unit.CNY
) -> int:
    is_guarded = kind.value in GUARDED_KINDS
    account, _ = Account.objects.get_or_create(
        kind=kind,
        scope=scope,
        owner=owner,
        unit=unit,
        defaults={"is_guarded": is_guarded, "balance": Decimal(0) if is_guarded else None},
    )
    return account.pk


_remembered: dict[tuple[AccountKind, str, Unit], int] = {}


def _open_key(kind: AccountKind, scope: str, unit: Unit) -> int:
    name = (kind, scope, unit)
    if name in _remembered:
        return _remembered[name]
    key = _key(kind, scope, None, unit)
    # Only once it is committed: the transaction that makes an account may still be rolled back.
    transaction.on_commit(lambda: _remembered.update({name: key}))
    return key


def forget_keys() -> None:
    """Forget remembered keys: for tests that empty the database under a living process."""
    _remembered.clear()


# Guarded accounts of a person.
def wallet(channel: str, owner: User, unit: Unit = Unit.CNY) -> int:
    return _key(AccountKind.WALLET, channel, owner, unit)


def points(owner: User) -> int:
    return _key(AccountKind.POINTS, "", owner, Unit.POINT)


# Open accounts.
def commission_payable(owner: User) -> int:
    return _key(AccountKind.COMMISSION_PAYABLE, "", owner)


def escrow(unit: Unit = Unit.CNY) -> int:
    return _open_key(AccountKind.ESCROW, "", unit)


def revenue(channel: str, unit: Unit = Unit.CNY) -> int:
    return _open_key(AccountKind.REVENUE, channel, unit)


def promotion(channel: str) -> int:
    return _open_key(AccountKind.PROMOTION_EXPENSE, channel, Unit.CNY)


def cost(channel: str, unit: Unit = Unit.CNY) -> int:
    return _open_key(AccountKind.COST, channel, unit)


def inventory() -> int:
    return _open_key(AccountKind.INVENTORY, "", Unit.CNY)


def supplier(code: str, unit: Unit = Unit.CNY) -> int:
    return _open_key(AccountKind.SUPPLIER, code, unit)


def supplier_loss(code: str, unit: Unit = Unit.CNY) -> int:
    return _open_key(AccountKind.SUPPLIER_LOSS, code, unit)


def supplier_claim(code: str) -> int:
    """What a supplier took from us and must give back."""
    return _open_key(AccountKind.SUPPLIER_CLAIM, code, Unit.CNY)


def commission_expense() -> int:
    return _open_key(AccountKind.COMMISSION_EXPENSE, "", Unit.CNY)


def cash(gateway: str) -> int:
    return _open_key(AccountKind.CASH, gateway, Unit.CNY)


def bank() -> int:
    """Our own bank account, where staff pay by hand."""
    return cash("bank")


def fee_expense(gateway: str) -> int:
    return _open_key(AccountKind.FEE_EXPENSE, gateway, Unit.CNY)


def fee_income(what: str) -> int:
    """What people pay us for a service, such as a withdrawal."""
    return _open_key(AccountKind.FEE_INCOME, what, Unit.CNY)


def withdrawals() -> int:
    """Money that has left a wallet and not yet us."""
    return _open_key(AccountKind.WITHDRAWAL, "", Unit.CNY)


def gateway_loss(gateway: str) -> int:
    return _open_key(AccountKind.GATEWAY_LOSS, gateway, Unit.CNY)


def gateway_claim(gateway: str) -> int:
    """What a gateway took from us and must give back."""
    return _open_key(AccountKind.GATEWAY_CLAIM, gateway, Unit.CNY)


def refund_clearing(gateway: str) -> int:
    return _open_key(AccountKind.REFUND_CLEARING, gateway, Unit.CNY)


def points_issued() -> int:
    return _open_key(AccountKind.POINTS_ISSUED, "", Unit.POINT)


def play_issued() -> int:
    return _open_key(AccountKind.PLAY_ISSUED, "", Unit.PLAY)
