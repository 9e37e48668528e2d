"""The sandbox's orders: placed once per number, charged, delivered, told about.

Everything here is synchronous and runs on the one event loop, so nothing happens between a check
and what follows from it.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path

from sandboxes.record import Due, Record
from suppliers.sandbox.accounts import ACCOUNTS
from suppliers.sandbox.behaviours import Behaviour, Step
from suppliers.sandbox.goods import GOODS, make_card

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    app_key TEXT NOT NULL, number TEXT NOT NULL, order_id TEXT NOT NULL,
    order_type INTEGER NOT NULL, product_id INTEGER NOT NULL, product_name TEXT NOT NULL,
    account TEXT NOT NULL, quantity INTEGER NOT NULL, price TEXT NOT NULL, state TEXT NOT NULL,
    delivered_count INTEGER NOT NULL DEFAULT 0, charged_count INTEGER NOT NULL DEFAULT 0,
    returned_count INTEGER NOT NULL DEFAULT 0, cards TEXT NOT NULL DEFAULT '[]',
    created_at REAL NOT NULL, finished_at REAL, details TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (app_key, number)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS orders_number ON orders (number);
CREATE INDEX IF NOT EXISTS orders_account ON orders (account);
CREATE TABLE IF NOT EXISTS balances (app_key TEXT PRIMARY KEY, balance TEXT NOT NULL);
"""
DEFAULT_SETTINGS: dict[str, object] = {
    "delay_scale": 1.0,
    "closed": [],
    "callback_base": "",
    "timestamp_tolerance_seconds": 600.0,
    "token_seconds": 3600.0,
    "goods": {},
}
SECOND_PORTION_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What a buyer asked for, checked. `app_key` is the account's code; `price` its currency.

    `details` is what only the order's protocol understands. An order that `waits` is charged, and
    nothing more happens before it is confirmed.
    """

    app_key: str
    number: str
    order_type: int  # 1 phone, 3 card, 4 direct
    product_id: int
    product_name: str
    account: str
    quantity: int
    price: Decimal
    details: Mapping[str, str] = field(default_factory=dict)
    waits: bool = False


class Orders:
    def __init__(self, path: Path, callback_base: str) -> None:
        self.record = Record(path, SCHEMA, DEFAULT_SETTINGS | {"callback_base": callback_base})
        self.db = self.record.db
        columns = {row["name"] for row in self.db.execute("PRAGMA table_info(orders)")}
        with self.db:
            if "details" not in columns:  # the file of an older sandbox
                self.db.execute("ALTER TABLE orders ADD COLUMN details TEXT NOT NULL DEFAULT '{}'")
            self.db.executemany(
                "INSERT OR IGNORE INTO balances VALUES (?, ?)",
                [(key, str(account.opening_balance)) for key, account in ACCOUNTS.items()],
            )

    # --- reading ----------------------------------------------------------------------------

    def find(self, app_key: str, number: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self.db.execute(
            "SELECT * FROM orders WHERE app_key = ? AND number = ?", (app_key, number)
        ).fetchone()
        return row

    def find_by_id(self, app_key: str, order_id: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self.db.execute(
            "SELECT * FROM orders WHERE app_key = ? AND order_id = ?", (app_key, order_id)
        ).fetchone()
        return row

    def balance(self, app_key: str) -> Decimal:
        row = self.db.execute("SELECT balance FROM balances WHERE app_key = ?", (app_key,))
        return Decimal(row.fetchone()["balance"])

    def is_closed(self, app_key: str) -> bool:
        closed = self.record.setting("closed")
        return isinstance(closed, list) and app_key in closed

    # --- writing ----------------------------------------------------------------------------

    def set_balance(self, app_key: str, balance: Decimal) -> None:
        with self.db:
            self.db.execute(
                "UPDATE balances SET balance = ? WHERE app_key = ?", (str(balance), app_key)
            )

    def note(self, number: str, event: str, detail: str = "") -> None:
        with self.db:
            self.record.note(number, event, detail)

    def place(self, order: NewOrder, behaviour: Behaviour) -> sqlite3.Row:
        """Take an order whose number is new: charge it and plan what its account makes happen."""
        now = time.time()
        order_id = str(time.time_ns())  # unique: everything here runs on one event loop
        with self.db:
            self.db.execute(
                "INSERT INTO orders (app_key, number, order_id, order_type, product_id,"
                " product_name, account, quantity, price, state, created_at, details)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    order.app_key,
                    order.number,
                    order_id,
                    order.order_type,
                    order.product_id,
                    order.product_name,
                    order.account,
                    order.quantity,
                    str(order.price),
                    "waiting" if order.waits else "untreated",
                    now,
                    json.dumps(dict(order.details)),
                ),
            )
            self.record.note(order.number, "accepted", f"{order.app_key} {order.price}")
            self._charge(order.app_key, order.number, order.price)
            if not order.waits:
                self._plan(order.app_key, order.number, behaviour.steps)
        placed = self.find(order.app_key, order.number)
        assert placed is not None
        return placed

    def confirm(self, order: sqlite3.Row, behaviour: Behaviour) -> None:
        """Go on with an order that waited."""
        with self.db:
            self.db.execute(
                "UPDATE orders SET state = 'untreated' WHERE app_key = ? AND number = ?",
                (order["app_key"], order["number"]),
            )
            self.record.note(order["number"], "confirmed")
            self._plan(order["app_key"], order["number"], behaviour.steps)

    def cancel(self, order: sqlite3.Row) -> None:
        """Give an order up that waited, and its price back."""
        with self.db:
            self._move(order["app_key"], Decimal(order["price"]))
            self.db.execute(
                "UPDATE orders SET state = 'cancelled', returned_count = returned_count + 1"
                " WHERE app_key = ? AND number = ?",
                (order["app_key"], order["number"]),
            )
            self.record.note(order["number"], "cancelled")

    def apply_state(self, due: Due) -> None:
        """A planned change of state, with its callbacks, once."""
        app_key, number, state = due.text("app_key"), due.text("number"), due.text("state")
        offsets = due.payload["callbacks"]
        assert isinstance(offsets, list)
        notice = {"app_key": app_key, "number": number, "state": state, "sends": 1}
        with self.db:
            self._change_state(app_key, number, state)
            for offset in offsets:
                self.record.add_due("callback", offset, notice)
            self.record.finish(due)

    def apply_portion(self, due: Due) -> None:
        """The rest of an order that is delivered in portions."""
        with self.db:
            self._make_cards(due.text("app_key"), due.text("number"), portions=1)
            self.record.finish(due)

    def finish_callback(
        self, due: Due, answer: str, *, is_taken: bool, sends_at_most: int, retry_seconds: float
    ) -> None:
        """Note how a callback was answered; plan the next send unless it was taken."""
        sends = due.number("sends")
        with self.db:
            self.record.note(due.text("number"), f"callback {due.text('state')}", answer)
            if not is_taken and sends < sends_at_most:
                self.record.add_due(
                    "callback", retry_seconds, dict(due.payload) | {"sends": sends + 1}
                )
            self.record.finish(due)

    # --- inside a transaction ---------------------------------------------------------------

    def _plan(self, app_key: str, number: str, steps: tuple[Step, ...]) -> None:
        for step in steps:
            event = {
                "app_key": app_key,
                "number": number,
                "state": step.state,
                "callbacks": list(step.callbacks),
            }
            if step.after_seconds == 0:
                self._change_state(app_key, number, step.state)
            else:
                self.record.add_due("state", step.after_seconds, event)

    def _change_state(self, app_key: str, number: str, state: str) -> None:
        order = self.find(app_key, number)
        assert order is not None
        price = Decimal(order["price"])
        if state == "failed":
            self._move(app_key, price)
            self.db.execute(
                "UPDATE orders SET returned_count = returned_count + 1"
                " WHERE app_key = ? AND number = ?",
                (app_key, number),
            )
        elif order["state"] == "failed":
            self._charge(app_key, number, price)
        self.db.execute(
            "UPDATE orders SET state = ?, finished_at = ?,"
            " delivered_count = delivered_count + (? = 'success')"
            " WHERE app_key = ? AND number = ?",
            (state, time.time(), state, app_key, number),
        )
        self.record.note(number, state)
        goods = GOODS.get(order["product_id"])
        if state == "success" and order["order_type"] == 3 and goods is not None:
            portions = 2 if goods.is_delivered_in_portions else 1
            self._make_cards(app_key, number, portions=portions)
            if portions > 1:
                rest = {"app_key": app_key, "number": number}
                self.record.add_due("portion", SECOND_PORTION_SECONDS, rest)

    def _make_cards(self, app_key: str, number: str, *, portions: int) -> None:
        """Add the next of `portions` equal shares of what is still owed."""
        order = self.find(app_key, number)
        assert order is not None
        cards = json.loads(order["cards"])
        owed = order["quantity"] - len(cards)
        goods = GOODS[order["product_id"]]
        cards += [asdict(make_card(goods)) for _ in range(owed // portions)]
        self.db.execute(
            "UPDATE orders SET cards = ? WHERE app_key = ? AND number = ?",
            (json.dumps(cards), app_key, number),
        )
        self.record.note(number, "cards", f"{len(cards)} of {order['quantity']}")

    def _charge(self, app_key: str, number: str, price: Decimal) -> None:
        self._move(app_key, -price)
        self.db.execute(
            "UPDATE orders SET charged_count = charged_count + 1 WHERE app_key = ? AND number = ?",
            (app_key, number),
        )

    def _move(self, app_key: str, amount: Decimal) -> None:
        self.db.execute(
            "UPDATE balances SET balance = ? WHERE app_key = ?",
            (str(self.balance(app_key) + amount), app_key),
        )
