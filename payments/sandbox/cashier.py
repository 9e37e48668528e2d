"""The cashier's books: payments opened, trades that people paid, refunds, and notices due.

Everything here is synchronous and runs on the one event loop, so nothing happens between a check
and what follows from it.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from decimal import Decimal
from pathlib import Path

from payments.sandbox.terms import SCHEMA, NewPayment, NewRefund, NotPayable, Refusal
from sandboxes.record import Due, Record

REFUND_MODES = ("now", "later", "later_rejected")
FAULTS = ("", "error_500", "garbage", "hang")
DEFAULT_SETTINGS: dict[str, object] = {
    "delay_scale": 1.0,
    "refund_mode": "now",
    "api_fault": "",
    "timestamp_tolerance_seconds": 300.0,
}
REFUND_SECONDS = 3.0
# After the nth refused notice; the last one is repeated until a day has passed.
BACK_OFF_SECONDS = (1, 2, 5, 10, 30, 60, 300, 600, 1800, 3600)
NOTICE_SENDS = 32


class Cashier:
    def __init__(self, path: Path) -> None:
        self.record = Record(path, SCHEMA, DEFAULT_SETTINGS)
        self.db = self.record.db

    # --- reading ----------------------------------------------------------------------------

    def _one(self, sql: str, *values: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self.db.execute(sql, values).fetchone()
        return row

    def payment(self, payment_no: str) -> sqlite3.Row | None:
        return self._one("SELECT * FROM payments WHERE payment_no = ?", payment_no)

    def payment_of_token(self, token: str) -> sqlite3.Row | None:
        return self._one("SELECT * FROM payments WHERE token = ?", token)

    def refund(self, refund_no: str) -> sqlite3.Row | None:
        return self._one("SELECT * FROM refunds WHERE refund_no = ?", refund_no)

    def protocol(self, payment_no: str) -> str:
        """Whose protocol a payment was opened by; "" for the cashier's own."""
        row = self._one("SELECT protocol FROM protocols WHERE payment_no = ?", payment_no)
        return str(row["protocol"]) if row else ""

    def is_seen(self, payment_no: str) -> bool:
        """Whether a person has looked at it: before, Alipay knows of no trade."""
        row = self._one("SELECT is_seen FROM protocols WHERE payment_no = ?", payment_no)
        return bool(row and row["is_seen"])

    def trade(self, gateway_trade_no: str) -> sqlite3.Row | None:
        return self._one(
            "SELECT * FROM trades WHERE gateway_trade_no = ? AND status = 'paid'", gateway_trade_no
        )

    def paid_trade(self, payment_no: str) -> sqlite3.Row | None:
        """The trade of a payment that can be paid once only."""
        return self._one(
            "SELECT * FROM trades WHERE payment_no = ? AND status = 'paid'", payment_no
        )

    def trades(self, payment_no: str) -> list[sqlite3.Row]:
        return self.db.execute(
            "SELECT * FROM trades WHERE payment_no = ? ORDER BY created_at, gateway_trade_no",
            (payment_no,),
        ).fetchall()

    def refunds(self, payment_no: str) -> list[sqlite3.Row]:
        return self.db.execute(
            "SELECT * FROM refunds WHERE payment_no = ? ORDER BY created_at", (payment_no,)
        ).fetchall()

    def refunded(self, gateway_trade_no: str) -> Decimal:
        """What was given back of a trade, or may yet be."""
        rows = self.db.execute(
            "SELECT amount FROM refunds WHERE gateway_trade_no = ? AND status <> 'rejected'",
            (gateway_trade_no,),
        )
        return sum((Decimal(row["amount"]) for row in rows), Decimal("0.00"))

    # --- the merchant's requests ------------------------------------------------------------

    def remember_nonce(self, nonce: str, window_seconds: float) -> bool:
        """True the first time; twice the window is longer than any timestamp stays good."""
        with self.db:
            self.db.execute("DELETE FROM nonces WHERE at < ?", (time.time() - 2 * window_seconds,))
            added = self.db.execute(
                "INSERT OR IGNORE INTO nonces VALUES (?, ?)", (nonce, time.time())
            )
        return added.rowcount == 1

    def open(self, new: NewPayment, *, protocol: str = "") -> sqlite3.Row:
        """Open a payment, or find the same one again."""
        if found := self.payment(new.payment_no):
            known = (found["amount"], found["currency"], found["notify_url"])
            if known != (str(new.amount), new.currency, new.notify_url):
                raise Refusal(409, "conflict", "this payment number is open with other content")
            return found
        left = new.expires_at - time.time()
        if left <= 0:
            raise Refusal(422, "expired", "expires_at is in the past")
        with self.db:
            self.db.execute(
                "INSERT INTO payments (payment_no, token, amount, currency, subject, return_url,"
                " notify_url, expires_at, language, created_at) VALUES (?,?,?,?,?,?,?,?,?,?)",
                (
                    new.payment_no,
                    secrets.token_urlsafe(24),
                    str(new.amount),
                    new.currency,
                    new.subject,
                    new.return_url,
                    new.notify_url,
                    new.expires_at,
                    new.language,
                    time.time(),
                ),
            )
            if protocol:
                self.db.execute(
                    "INSERT INTO protocols (payment_no, protocol) VALUES (?, ?)",
                    (new.payment_no, protocol),
                )
            self.record.note(new.payment_no, "opened", f"{new.amount} {new.currency}")
            self.record.add_due("close", left, {"payment_no": new.payment_no}, is_scaled=False)
        opened = self.payment(new.payment_no)
        assert opened is not None
        return opened

    def give_back(self, new: NewRefund) -> sqlite3.Row:
        """Refund (part of) a trade, once per number."""
        if found := self.refund(new.refund_no):
            known = (found["payment_no"], found["gateway_trade_no"], found["amount"])
            if known != (new.payment_no, new.gateway_trade_no, str(new.amount)):
                raise Refusal(409, "conflict", "this refund number exists with other content")
            return found
        trade = self._one(
            "SELECT * FROM trades WHERE gateway_trade_no = ? AND payment_no = ?"
            " AND status = 'paid'",
            new.gateway_trade_no,
            new.payment_no,
        )
        if trade is None:
            raise Refusal(404, "unknown_trade", "no such paid trade")
        if Decimal(trade["amount"]) != new.total:
            raise Refusal(422, "total_differs", f"the trade's amount is {trade['amount']}")
        if self.refunded(new.gateway_trade_no) + new.amount > new.total:
            raise Refusal(422, "exceeds_paid", "more than what is left of the trade")
        mode = str(self.record.setting("refund_mode"))
        status = "done" if mode == "now" else "pending"
        with self.db:
            self.db.execute(
                "INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    new.refund_no,
                    f"R{_serial()}",
                    new.payment_no,
                    new.gateway_trade_no,
                    str(new.amount),
                    new.notify_url,
                    status,
                    time.time(),
                ),
            )
            self.record.note(new.payment_no, f"refund {status}", f"{new.refund_no} {new.amount}")
            if status == "pending":
                final = "rejected" if mode == "later_rejected" else "done"
                event = {"refund_no": new.refund_no, "status": final}
                self.record.add_due("refund", REFUND_SECONDS, event)
        made = self.refund(new.refund_no)
        assert made is not None
        return made

    def see(self, payment: sqlite3.Row, return_url: str = "") -> None:
        """A person looks at it; a WeChat page says only now where it goes back to."""
        with self.db:
            self.db.execute(
                "UPDATE protocols SET is_seen = 1 WHERE payment_no = ?", (payment["payment_no"],)
            )
            if return_url:
                self.db.execute(
                    "UPDATE payments SET return_url = ? WHERE payment_no = ?",
                    (return_url, payment["payment_no"]),
                )

    def close(self, payment: sqlite3.Row) -> bool:
        """Close an unpaid payment at the merchant's wish; False for one that is paid."""
        with self.db:
            if payment["status"] == "pending":
                self._set_status(payment, "closed")
        return payment["status"] in ("pending", "closed")

    # --- the person's choice ----------------------------------------------------------------

    def pay(self, payment: sqlite3.Row, *, times: int = 1) -> None:
        with self.db:
            self._leave_pending(payment, "paid")
            for _ in range(times):
                self._take(payment, "paid")

    def fail(self, payment: sqlite3.Row) -> None:
        """One attempt fails; the person may try again."""
        with self.db:
            self._leave_pending(payment, "pending")
            self._take(payment, "failed")

    def pay_late(self, payment: sqlite3.Row, delay_seconds: float) -> None:
        """The person is done now; the money, and the notice, come after the delay."""
        with self.db:
            self._leave_pending(payment, "paying")
            self.record.note(payment["payment_no"], "paying late", f"{delay_seconds:.0f} s")
            event = {"payment_no": payment["payment_no"]}
            self.record.add_due("late", delay_seconds, event, is_scaled=False)

    # --- what is due ------------------------------------------------------------------------

    def close_expired(self, due: Due) -> None:
        """Close what nobody paid in time; a late payment under way still arrives."""
        payment = self.payment(due.text("payment_no"))
        assert payment is not None
        with self.db:
            if payment["status"] == "pending":
                self._set_status(payment, "closed")
                self._notify_of_payment(payment, "", "closed")
            self.record.finish(due)

    def arrive_late(self, due: Due) -> None:
        payment = self.payment(due.text("payment_no"))
        assert payment is not None
        with self.db:
            self._set_status(payment, "paid")
            self._take(payment, "paid")
            self.record.finish(due)

    def finish_refund(self, due: Due) -> None:
        refund = self.refund(due.text("refund_no"))
        assert refund is not None
        status = due.text("status")
        with self.db:
            self.db.execute(
                "UPDATE refunds SET status = ? WHERE refund_no = ?", (status, refund["refund_no"])
            )
            self.record.note(refund["payment_no"], f"refund {status}", refund["refund_no"])
            if refund["notify_url"]:
                content = {
                    "type": "refund",
                    "refund_no": refund["refund_no"],
                    "gateway_refund_no": refund["gateway_refund_no"],
                    "status": status,
                    "message": "" if status == "done" else "the bank sent it back",
                }
                self._notify(refund["payment_no"], refund["notify_url"], content)
            self.record.finish(due)

    def finish_notice(self, due: Due, answer: str) -> None:
        """Note how a notice was answered; plan the next send unless it was taken."""
        sends = due.number("sends")
        with self.db:
            self.record.note(due.text("payment_no"), "notice", answer)
            if answer != "success" and sends < NOTICE_SENDS:
                delay = BACK_OFF_SECONDS[min(sends, len(BACK_OFF_SECONDS)) - 1]
                self.record.add_due("notice", delay, dict(due.payload) | {"sends": sends + 1})
            self.record.finish(due)

    # --- inside a transaction ---------------------------------------------------------------

    def _leave_pending(self, payment: sqlite3.Row, status: str) -> None:
        changed = self.db.execute(
            "UPDATE payments SET status = ? WHERE payment_no = ? AND status = 'pending'"
            " AND expires_at > ?",
            (status, payment["payment_no"], time.time()),
        )
        if changed.rowcount != 1:
            raise NotPayable

    def _set_status(self, payment: sqlite3.Row, status: str) -> None:
        self.db.execute(
            "UPDATE payments SET status = ? WHERE payment_no = ?", (status, payment["payment_no"])
        )
        self.record.note(payment["payment_no"], status)

    def _take(self, payment: sqlite3.Row, status: str) -> None:
        """One trade of its own number, and its notice."""
        trade_no = f"T{_serial()}"
        self.db.execute(
            "INSERT INTO trades VALUES (?, ?, ?, ?, ?)",
            (trade_no, payment["payment_no"], payment["amount"], status, time.time()),
        )
        self.record.note(payment["payment_no"], f"trade {status}", trade_no)
        self._notify_of_payment(payment, trade_no, status)

    def _notify_of_payment(self, payment: sqlite3.Row, trade_no: str, status: str) -> None:
        content = {
            "type": "payment",
            "payment_no": payment["payment_no"],
            "gateway_trade_no": trade_no,
            "status": status,
            "amount": payment["amount"],
            "currency": payment["currency"],
        }
        self._notify(payment["payment_no"], payment["notify_url"], content)

    def _notify(self, payment_no: str, url: str, content: dict[str, str]) -> None:
        notice = {"payment_no": payment_no, "url": url, "content": content, "sends": 1}
        self.record.add_due("notice", 0, notice)


def _serial() -> str:
    return time.strftime("%Y%m%d%H%M%S") + f"{secrets.randbelow(10**12):012d}"
