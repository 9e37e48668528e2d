"""The lines of an order's journal entries, in the unit that its channel is paid in.

The books of a channel name their own accounts: play money has an escrow, a revenue and a cost of
its own, and the database refuses a posting that has another unit than its account.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ledger import accounts
from ledger.models import Unit
from ledger.services import Line
from orders.channels import channel
from orders.models import Order
from suppliers.models import STOCK_ADAPTER


@dataclass(frozen=True, slots=True)
class Books:
    """Each function is one line: `amount` is value into the account it is named after."""

    channel: str
    unit: Unit

    def wallet(self, account_id: int, amount: Decimal) -> Line:
        return Line(account_id, amount, self.unit)

    def escrow(self, amount: Decimal) -> Line:
        return self._open(accounts.escrow(self.unit), amount)

    def revenue(self, amount: Decimal) -> Line:
        return self._open(accounts.revenue(self.channel, self.unit), amount)

    def cost(self, amount: Decimal) -> Line:
        return self._open(accounts.cost(self.channel, self.unit), amount)

    def source(self, supplier_code: str, protocol: str, amount: Decimal) -> Line:
        """Where goods come from: our own inventory, or a supplier that we owe for them."""
        if protocol == STOCK_ADAPTER:
            return self._open(accounts.inventory(), amount)
        return self.owed(supplier_code, amount)

    def owed(self, supplier_code: str, amount: Decimal) -> Line:
        """What we owe a supplier, also for codes of it in our own stock."""
        return self._open(accounts.supplier(supplier_code, self.unit), amount)

    def supplier_loss(self, supplier_code: str, amount: Decimal) -> Line:
        return self._open(accounts.supplier_loss(supplier_code, self.unit), amount)

    def _open(self, account_id: int, amount: Decimal) -> Line:
        return Line(account_id, amount, self.unit, is_open=True)


def books_of(order: Order) -> Books:
    """The books that an order is kept in."""
    return Books(order.channel, channel(order.channel).unit)
