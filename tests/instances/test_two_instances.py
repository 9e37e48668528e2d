"""One instance buys from another, through the open API: two products with databases of their own.

What members of the retail side order is fulfilled by the wholesale side of the other, whose own
suppliers are the sandbox's: the last four digits decide there what happens.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from config.supervisor.plan import BASE_DIR
from kameng.demo import demo_keys
from tests.chaos.faults import kill
from tests.instances import retail_side
from tests.instances.gate import Gate, gate_before
from tests.product import Product, whole_product
from tests.runtime.stage import clean_environment
from tests.sandboxes import wait_until

pytestmark = pytest.mark.slow

TOPUP, CARDS = "cmcc-10", "heytea-30"
KEY = demo_keys()["zongdai"]  # the cheapest tier: members must not pay less than we do
PHONE = "1380014{}"

_ORDER = """
SELECT o.status, o.total, o.refunded, o.delivered_quantity, array_agg(f.status ORDER BY f.id),
       array_agg(f.fulfilment_no ORDER BY f.id), max(f.supplier_order_no), sum(f.cost)
FROM orders_order o LEFT JOIN orders_fulfilment f ON f.order_id = o.id
WHERE o.client_ref = %s GROUP BY o.id
"""
_CALLED = """
SELECT count(*) FROM orders_fulfilmentevent event
JOIN orders_fulfilment f ON f.id = event.fulfilment_id
JOIN orders_order o ON o.id = f.order_id
WHERE o.client_ref = %s AND event.source = 'callback' AND event.outcome = %s
"""


class Pair:
    def __init__(self, wholesale: Product, retail: Product, gate: Gate) -> None:
        self.wholesale = wholesale
        self.retail = retail
        self.gate = gate  # through which the retail side calls the other

    def on_the_retail_side(self, call: str, *values: object) -> None:
        """Run one of `retail_side`'s functions inside the retail instance."""
        script = f"from tests.instances import retail_side; retail_side.{call}(*{values!r})"
        manage(self.retail, "shell", "--no-imports", "-c", script)

    def buy(self, *wanted: tuple[str, str, int, dict[str, str]]) -> None:
        self.on_the_retail_side("buy", list(wanted))

    def order(self, reference: str) -> dict[str, Any]:
        names = (
            "status", "total", "refunded", "delivered", "attempts", "numbers", "their_no", "cost",
        )  # fmt: skip
        (row,) = self.retail.rows(_ORDER, reference)
        return dict(zip(names, row, strict=True))

    def ends(self, reference: str, *, seconds: float = 60) -> dict[str, Any]:
        """The retail order, once it is final."""
        wait_until(
            lambda: self.order(reference)["status"] in ("completed", "failed"), seconds=seconds
        )
        return self.order(reference)

    def theirs(self, order: dict[str, Any]) -> list[tuple[Any, ...]]:
        """What the wholesale side has of it: (status, total, refunded, channel)."""
        return self.wholesale.rows(
            "SELECT status, total, refunded, channel FROM orders_order WHERE client_ref = ANY (%s)",
            order["numbers"],
        )

    def was_called_back(self, reference: str, outcome: str) -> bool:
        return self.retail.rows(_CALLED, reference, outcome) != [(0,)]


def manage(product: Product, *arguments: str) -> None:
    finished = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=clean_environment(
            DATA_DIR=product.running.data_dir,
            DATABASE_URL=product.database_url,
            DEVELOPMENT="true",
        ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with (
        whole_product(WEB_CONCURRENCY=1) as wholesale,
        whole_product(WEB_CONCURRENCY=1) as retail,
        gate_before(wholesale.base_url) as gate,
    ):
        found = Pair(wholesale, retail, gate)
        # Codes that only the wholesale side has: both demo worlds are stocked with the same.
        codes = tmp_path_factory.mktemp("cards") / "codes.csv"
        codes.write_text("".join(f"N{n},SECRET-{n}\n" for n in range(5)))
        manage(
            wholesale, "import_cards", CARDS, str(codes), "--supplier", "stock", "--unit-cost", "1"
        )
        found.on_the_retail_side(
            "source_from", gate.base_url, KEY.key_id, KEY.secret, [TOPUP, CARDS]
        )
        yield found


def topup(reference: str, ending: str) -> tuple[str, str, int, dict[str, str]]:
    return (reference, TOPUP, 1, {"phone": PHONE.format(ending)})


def test_what_one_sells_the_other_delivers(pair: Pair) -> None:
    pair.buy(
        topup("good", "8000"),
        topup("bad", "0002"),
        topup("refused", "0001"),
        ("cards", CARDS, 2, {}),
    )

    good = pair.ends("good")
    assert (good["status"], good["attempts"], good["refunded"]) == ("completed", ["succeeded"], 0)
    ((status, total, refunded, channel),) = pair.theirs(good)
    assert (status, refunded, channel) == ("completed", 0, "wholesale")
    assert good["cost"] == total, "what we owe is what they charged"
    assert good["total"] > total, "and the retail side earns"
    assert pair.was_called_back("good", "delivered"), "told, and not only found by asking"
    charged = pair.wholesale.supplier_orders(PHONE.format("8000"))
    assert [one["delivered_count"] for one in charged] == [1]
    assert pair.retail.supplier_orders() == [], "the retail side asked none of its own suppliers"

    for reference in ("bad", "refused"):
        failed = pair.ends(reference, seconds=90)
        assert (failed["status"], failed["attempts"]) == ("failed", ["failed"])
        assert failed["refunded"] == failed["total"], "the member has the money back"
        for status, total, refunded, _ in pair.theirs(failed):
            assert (status, refunded) == ("failed", total), "and so have we, over there"
    assert pair.was_called_back("bad", "rejected")

    cards = pair.ends("cards")
    assert (cards["status"], cards["delivered"]) == ("completed", 2)
    ((status, total, _, _),) = pair.theirs(cards)
    assert (status, cards["cost"]) == ("completed", total)
    assert pair.retail.books_are_clean()
    assert pair.wholesale.books_are_clean()


def test_an_answer_that_is_lost_is_neither_refunded_nor_bought_twice(pair: Pair) -> None:
    with pair.gate.shut():
        pair.buy(topup("lost", "8001"))
        wait_until(lambda: pair.order("lost")["attempts"] == ["unknown"], seconds=30)
        assert (pair.order("lost")["status"], pair.order("lost")["refunded"]) == ("fulfilling", 0)

    lost = pair.ends("lost", seconds=120)
    assert (lost["status"], lost["attempts"]) == ("completed", ["succeeded"])
    assert [row[0] for row in pair.theirs(lost)] == ["completed"]
    charged = pair.wholesale.supplier_orders(PHONE.format("8001"))
    assert [one["delivered_count"] for one in charged] == [1]


def test_an_instance_that_is_killed_in_the_middle_ends_the_order_once(pair: Pair) -> None:
    # No callback ever comes from their supplier for this number; it succeeds after 3 s.
    pair.buy(topup("killed", "0005"))
    wait_until(lambda: pair.order("killed")["attempts"] == ["accepted"], seconds=30)
    kill(pair.wholesale, "worker")
    kill(pair.wholesale, "web")

    killed = pair.ends("killed", seconds=90)
    assert (killed["status"], killed["attempts"]) == ("completed", ["succeeded"])
    charged = pair.wholesale.supplier_orders(PHONE.format("0005"))
    assert [one["delivered_count"] for one in charged] == [1]
    assert pair.retail.books_are_clean()
    assert pair.wholesale.books_are_clean()


def test_a_forged_callback_changes_nothing(pair: Pair) -> None:
    with pair.gate.shut():
        pair.buy(topup("forged", "8002"))
        wait_until(lambda: pair.order("forged")["attempts"] == ["unknown"], seconds=30)
        (number,) = pair.order("forged")["numbers"]
        answer = httpx.post(
            f"{pair.retail.base_url}/callbacks/suppliers/{retail_side.SUPPLIER}/",
            json={"client_ref": number, "status": "failed"},
            headers={
                "X-Api-Key": KEY.key_id,
                "X-Timestamp": "1",
                "X-Nonce": "0" * 16,
                "X-Signature": "0" * 64,
            },
            trust_env=False,
        )
        assert answer.status_code == 400
        assert pair.order("forged")["status"] == "fulfilling"
    assert pair.ends("forged", seconds=120)["status"] == "completed"
    assert Decimal(pair.order("forged")["refunded"]) == 0
