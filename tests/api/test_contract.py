"""The schema held against the shop: requests made from it alone, right ones and wrong ones, signed.

schemathesis makes them and checks the answers. `SCHEMATHESIS_EXAMPLES` says how many random ones
each call gets besides the systematic ones (`SCHEMATHESIS_EXAMPLES=500 make test
ARGS=tests/api/test_contract.py` digs deeper), `SCHEMATHESIS_SEED` replays others.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from pytest_django import Settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from config.wsgi import application
from kameng.api.openapi import document
from kameng.models import Agent, Batch
from ledger.services import balance
from orders.models import Order
from suppliers.models import Supplier
from tests import world
from tests.api.client import Program

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "12"))
SEED = int(os.environ.get("SCHEMATHESIS_SEED", "20261124"))
UNSIGNED = "to be signed by the program"

# Of all checks that schemathesis has, these can't say anything here:
# - use_after_free: nothing can be deleted
# - object_level_authorization: compares two people's objects, with one key a run;
#   test_reading.py and test_batches.py hold it by hand for each of the calls
CONFIG = {
    "seed": SEED,
    "generation": {"deterministic": True, "max-examples": EXAMPLES, "database": "none"},
    "checks": {
        # Also right, though the request is: the balance is too low.
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "401", "402", "403", "404", "409", "429"]
        },
        "use_after_free": {"enabled": False},
        "object_level_authorization": {"enabled": False},
    },
    "dictionaries": {"skus": {"values": ["steam-100", "mobile-50"]}},
    # Random codes are never on sale: half of the orders are for goods that are.
    "parameters": {
        "body.sku": {"dictionary": "skus", "probability": 0.5},
        "path.code": {"dictionary": "skus", "probability": 0.5},
    },
}
# What no schema can know of a field that is shaped right: which values exist, what this SKU wants.
EXISTENCE = {
    "category": "the code of one of our categories",
    "cursor": "one that we gave out, for this list",
    "quantity": "between this SKU's least and most",
    "account": "the fields of this SKU",
    "callback_url": "an address on the public internet",
    "client_ref": "another one in each line of a batch",
}

Environ = dict[str, Any]


class Signing:
    """The program's last step before a request leaves: sign what is really sent, with a new nonce.

    Only what asks for it: a request whose headers were made up, or left out, stays as it is.
    """

    program: Program
    wallet: int

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ.get("HTTP_X_SIGNATURE") == UNSIGNED:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = BytesIO(body)
            headers = self.program.headers(environ["REQUEST_METHOD"], environ["RAW_URI"], body)
            for name, value in headers.items():
                environ["HTTP_" + name.upper().replace("-", "_")] = value
        return application(environ, start_response)


class Signed:
    """Asks for a signature, wherever schemathesis doesn't want to see what happens without one."""

    def get(self, case: schemathesis.Case, context: object) -> str:
        return UNSIGNED

    def set(self, case: schemathesis.Case, data: str, context: object) -> None:
        for name in ("X-Api-Key", "X-Timestamp", "X-Nonce", "X-Signature"):
            case.headers[name] = data


@pytest.fixture
def goods(chain: list[Agent], agent: Agent) -> None:
    """What the examples of the schema order."""
    cards = world.make_sku(list_price="100", code="steam-100")
    world.stock_cards(cards, 500, unit_cost="80")
    topup = world.make_sku("topup", list_price="50", code="mobile-50")
    far = Supplier.objects.create(code="far", name="远方", adapter="fulu")
    world.make_offer(topup, far, cost="45")
    world.pay_in(agent.wallet_id, "20000")


shop = Signing()
contract = schemathesis.openapi.from_dict(
    document("en"), config=SchemathesisConfig.from_dict(CONFIG)
)
contract.app = shop
contract.auth(refresh_interval=None, retry_on=[])(Signed)


@pytest.fixture(autouse=True)
def _open(program: Program, agent: Agent, goods: None, settings: Settings) -> Iterator[None]:
    """As Django's own test client, keep the connection that the test's transaction is on."""
    settings.API_READS_PER_MINUTE = settings.API_WRITES_PER_MINUTE = 10**6
    shop.program, shop.wallet = program, agent.wallet_id
    kept = (request_started, request_finished)
    for signal in kept:
        signal.disconnect(close_old_connections)
    yield
    for signal in kept:
        signal.connect(close_old_connections)
    assert world.books_are_clean()


def books() -> tuple[object, ...]:
    return (Order.objects.count(), Batch.objects.count(), balance(shop.wallet))


def is_about_existence(response: Any) -> bool:
    """A refusal of something that only we can know."""
    if response.status_code != 422:
        return False
    names = {name.rpartition("].")[2].partition(".")[0] for name in response.json()["errors"]}
    return names <= EXISTENCE.keys()


answered: dict[str, Counter[int]] = {}


@pytest.mark.django_db
@contract.parametrize()
def test_every_call_keeps_to_the_schema(case: schemathesis.Case) -> None:
    before = books()
    response = case.call()
    case.validate_response(
        response,
        excluded_checks=[positive_data_acceptance] if is_about_existence(response) else [],
    )
    if response.status_code >= 400:
        assert books() == before
    answered.setdefault(case.operation.label, Counter())[response.status_code] += 1


@pytest.mark.django_db
def test_every_call_was_answered_well_and_refused() -> None:
    """Else the requests above would prove little: each call must have had both kinds."""
    assert len(answered) in (0, 11), "run the whole file"
    for label, statuses in answered.items():
        print(f"{label}: {statuses.total()} requests, {dict(sorted(statuses.items()))}")
        good = sum(count for status, count in statuses.items() if status < 300)
        # Random numbers of orders are never there: those calls answer test_schema.py's links.
        assert good or "_no}" in label, label
        assert statuses.total() - good, label
