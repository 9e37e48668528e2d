"""Many orders in one call: each line has its own answer, and nothing is bought twice."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import SKU
from config.celery import app as celery_app
from kameng.models import Agent, ApiKey, Batch
from kameng.services import batches
from kameng.services.agents import suspend_agent
from ledger.services import balance
from orders.models import Order
from tests import world
from tests.api.client import Program, code_of
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost_hints() -> Iterator[None]:
    """Tasks that nobody runs: what a dead broker leaves to the sweeper."""
    yield
    celery_app.conf.task_always_eager = False


def line(sku: SKU, ref: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"sku": sku.code, "quantity": quantity, "client_ref": ref, **more}


def send(program: Program, *lines: dict[str, Any], ref: str = "b1") -> Any:
    return program.post("/api/v1/batches", {"batch_ref": ref, "orders": list(lines)})


def states(answer: Any) -> list[tuple[str, str]]:
    return [
        (one["state"], one["problem"]["code"] if one["problem"] else one["order_status"] or "")
        for one in answer.json()["lines"]
    ]


def test_each_line_is_answered(program: Program, agent: Agent, cards: SKU) -> None:
    answer = send(
        program,
        line(cards, "a", 2),
        {"sku": "nope", "quantity": 1, "client_ref": "b"},
        line(cards, "c", 1, max_unit_price="1.00"),
        line(cards, "d", 1),
        line(cards, "e", 100),
    )
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["status"], told["placed"], told["refused"], told["waiting"]) == (
        "finished", 2, 3, 0,
    )  # fmt: skip
    assert states(answer) == [
        ("placed", "completed"),
        ("refused", "unknown_sku"),
        ("refused", "price_changed"),
        ("placed", "completed"),
        ("refused", "insufficient_balance"),
    ]
    assert [one["line"] for one in told["lines"]] == [1, 2, 3, 4, 5]
    order = program.get(f"/api/v1/orders/{told['lines'][0]['order_no']}").json()
    assert (order["client_ref"], order["quantity"]) == ("a", 2)
    assert balance(agent.wallet_id) == Decimal(1000 - 3 * 95)
    assert world.books_are_clean()


def test_the_same_batch_again_is_the_same_batch(program: Program, agent: Agent, cards: SKU) -> None:
    first, again = send(program, line(cards, "a")), send(program, line(cards, "a"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert again["Location"] == f"/api/v1/batches/{first.json()['batch_no']}"
    assert program.get(again["Location"]).json() == first.json()
    assert Order.objects.count() == 1


def test_the_same_reference_with_other_content_is_a_conflict(program: Program, cards: SKU) -> None:
    send(program, line(cards, "a"))
    assert code_of(send(program, line(cards, "b"))) == (409, "idempotency_conflict")
    assert Order.objects.count() == 1


def test_a_line_is_idempotent_by_itself(program: Program, agent: Agent, cards: SKU) -> None:
    order = program.order(sku=cards.code, client_ref="a").json()
    answer = send(program, line(cards, "a"), line(cards, "b"))
    assert answer.json()["lines"][0]["order_no"] == order["order_no"]
    other = send(program, line(cards, "b", 2), line(cards, "c"), ref="b2")
    assert states(other) == [("refused", "idempotency_conflict"), ("placed", "completed")]
    assert Order.objects.count() == 3
    assert balance(agent.wallet_id) == Decimal(1000 - 3 * 95)


def test_when_the_balance_runs_out_the_rest_is_refused_and_may_come_again(
    program: Program, agent: Agent, cards: SKU
) -> None:
    lines = [line(cards, f"n{n}", 3) for n in range(5)]
    answer = send(program, *lines)
    placed = ("placed", "completed")
    assert states(answer) == [placed, placed, placed, *[("refused", "insufficient_balance")] * 2]
    assert balance(agent.wallet_id) == Decimal(1000 - 9 * 95)
    world.pay_in(agent.wallet_id, "1000")
    assert states(send(program, *lines, ref="again")) == [placed] * 5
    assert Order.objects.count() == 5
    assert world.books_are_clean()


def test_a_large_batch_is_taken_and_placed_by_a_worker(
    program: Program, agent: Agent, cards: SKU, lost_hints: None
) -> None:
    world.pay_in(agent.wallet_id, "10000")
    world.stock_cards(cards, 30, tag="MORE")
    answer = send(program, *(line(cards, f"n{n}") for n in range(30)))
    assert answer.status_code == 202
    told = answer.json()
    assert (told["status"], told["waiting"]) == ("working", 30)
    assert int(answer["Retry-After"]) > 0
    assert Order.objects.count() == 0
    Batch.objects.update(due_at=timezone.now())  # its worker died
    celery_app.conf.task_always_eager = True
    with pytest.MonkeyPatch.context() as patch:
        from django.db import transaction

        patch.setattr(transaction, "on_commit", lambda run: run())
        assert batches.sweep_batches() == 1
    asked = program.get(answer["Location"])
    assert (asked.status_code, asked.json()["status"], asked.json()["placed"]) == (
        200, "finished", 30,
    )  # fmt: skip
    assert Order.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_place_each_line_once(
    program: Program, agent: Agent, cards: SKU, lost_hints: None
) -> None:
    world.pay_in(agent.wallet_id, "10000")
    world.stock_cards(cards, 30, tag="MORE")
    send(program, *(line(cards, f"n{n}") for n in range(30)))
    batch = Batch.objects.get()
    in_threads(lambda _: batches.work_on(batch_id=batch.pk), range(4), threads=4)
    batches.work_on(batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.finished_at
    assert Order.objects.count() == 30
    assert world.books_are_clean()


@pytest.mark.django_db(transaction=True)
def test_ten_identical_batches_at_once_make_one(program: Program, cards: SKU) -> None:
    answers = in_threads(
        lambda _: send(Program(program.key_id, program.secret), line(cards, "a"), line(cards, "b")),
        range(10),
        threads=10,
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 202}
    assert len({answer.json()["batch_no"] for answer in answers}) == 1
    assert Order.objects.count() == 2


def test_what_is_not_shaped_right_is_refused_as_a_whole(program: Program, cards: SKU) -> None:
    answer = send(
        program, line(cards, "a"), line(cards, "b", quantity="2"), line(cards, "a"),  # type: ignore[arg-type]
        {"sku": cards.code, "quantity": 1, "client_ref": "c", "acount": {}},
    )  # fmt: skip
    assert code_of(answer) == (422, "invalid")
    assert set(answer.json()["errors"]) == {
        "orders[1].quantity", "orders[2].client_ref", "orders[3].acount",
    }  # fmt: skip
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"batch_ref": "b", "orders": []}, "orders"),
        ({"batch_ref": "b", "orders": {}}, "orders"),
        ({"batch_ref": "b", "orders": [1]}, "orders[0]"),
        ({"batch_ref": "b", "orders": [{}] * 1001}, "orders"),
        ({"batch_ref": "b"}, "orders"),
        ({"batch_ref": 7, "orders": [{}]}, "batch_ref"),
        ({"orders": [{}]}, "batch_ref"),
        ({"batch_ref": "no blank", "orders": [{}]}, "batch_ref"),
        ({"batch_ref": "b", "orders": [{}], "more": 1}, "more"),
        ([], "body"),
        ("x", "body"),
    ],
)
def test_nonsense_is_told_by_field(program: Program, body: Any, field: str) -> None:
    answer = program.post("/api/v1/batches", body)
    assert code_of(answer) == (422, "invalid")
    assert field in answer.json()["errors"], answer.json()


def test_a_body_may_be_larger_than_an_orders_and_not_without_end(
    program: Program, cards: SKU
) -> None:
    def of_size(size: int) -> Any:
        return send(program, line(cards, "a", account={"phone": "1" * size}))

    assert of_size(100_000).status_code == 201
    assert code_of(of_size(1_100_000)) == (413, "too_large")


def test_a_key_that_may_only_read_sends_no_batch(agent: Agent, cards: SKU) -> None:
    from tests.api.conftest import program_of

    reader = program_of(agent, can_buy=False)
    assert code_of(send(reader, line(cards, "a"))) == (403, "buying_not_allowed")
    assert not Batch.objects.exists()


def test_lines_after_the_keys_or_the_agents_end_are_refused(
    program: Program, agent: Agent, cards: SKU, lost_hints: None
) -> None:
    for ref in ("b1", "b2"):
        send(program, *(line(cards, f"{ref}-{n}") for n in range(21)), ref=ref)
    first, second = Batch.objects.order_by("pk")
    suspend_agent(agent=agent, actor=agent.user, reason="test")
    batches.work_on(batch_id=first.pk)
    assert {one.problem["code"] for one in first.lines.all() if one.problem} == {"agent_suspended"}
    ApiKey.objects.update(revoked_at=timezone.now())
    batches.work_on(batch_id=second.pk)
    assert {one.problem["code"] for one in second.lines.all() if one.problem} == {"bad_signature"}
    assert not Order.objects.exists()
    assert balance(agent.wallet_id) == Decimal(1000)


def test_an_agent_has_five_batches_under_way_at_most(
    program: Program, cards: SKU, lost_hints: None
) -> None:
    for ref in range(5):
        answer = send(program, *(line(cards, f"{ref}-{n}") for n in range(21)), ref=f"b{ref}")
        assert answer.status_code == 202
    assert code_of(send(program, line(cards, "one"), ref="b6")) == (403, "limit_exceeded")
    again = send(program, *(line(cards, f"4-{n}") for n in range(21)), ref="b4")
    assert again.status_code == 202


def test_another_agents_batch_does_not_exist(
    program: Program, chain: list[Agent], cards: SKU
) -> None:
    from tests.api.conftest import program_of

    location = send(program, line(cards, "a"))["Location"]
    assert code_of(program_of(chain[1]).get(location)) == (404, "unknown_batch")
    assert code_of(program.get("/api/v1/batches/%00")) == (404, "unknown_batch")
